#include <sqlite3.h>

// Takes any number of arguments in C, which Swift cannot call.
static inline int csqlite_set_lookaside(sqlite3 *database, int bytes, int count) {
    return sqlite3_db_config(database, SQLITE_DBCONFIG_LOOKASIDE, (void *)0, bytes, count);
}
