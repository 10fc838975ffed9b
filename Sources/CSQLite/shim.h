#include <sqlite3.h>

// These take any number of arguments in C, which Swift cannot call.
static inline int csqlite_set_lookaside(sqlite3 *database, int bytes, int count) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_LOOKASIDE, (void *)0, bytes, count);
}
static inline int csqlite_take_pages_singly(void) {
    return sqlite3_config(SQLITE_CONFIG_PAGECACHE, (void *)0, 0, 0);
}
