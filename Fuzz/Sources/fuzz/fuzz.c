#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Written in Swift, in the module Parsers.
int fuzz_choose(const char *parser);
int fuzz_run(const uint8_t *data, size_t size);

// fuzz PARSER [libFuzzer's flags] [corpus directories or input files]
//
// In C, because libFuzzer brings `main` with it and a Swift executable would have one of its own. Called before libFuzzer
// reads its flags, so the parser's name is taken out of them here.
int LLVMFuzzerInitialize(int *argc, char ***argv) {
    if (*argc < 2 || !fuzz_choose((*argv)[1])) {
        fprintf(stderr, "fuzz: the first argument names no parser\n");
        exit(64);
    }
    memmove(*argv + 1, *argv + 2, (size_t)(*argc - 1) * sizeof **argv);
    *argc -= 1;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) { return fuzz_run(data, size); }
