#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// What the library's headers define as macros with casts, which Swift does not see.

static inline long ccrypto_require_tls12(SSL_CTX *context) {
    return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

// Buffers of a connection on which nothing moves are given back, and nothing is kept of connections that have ended.
static inline void ccrypto_save_memory(SSL_CTX *context) {
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
}

static inline long ccrypto_set_server_name(SSL *ssl, const char *name) { return SSL_set_tlsext_host_name(ssl, name); }

// What lies in a memory BIO, in place.
static inline long ccrypto_content(BIO *bio, const char **start) { return BIO_get_mem_data(bio, (char **)start); }

static inline void ccrypto_empty(BIO *bio) { (void)BIO_reset(bio); }

// An empty BIO means "more is to come", not the end.
static inline BIO *ccrypto_new_buffer(void) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio) BIO_set_mem_eof_return(bio, -1);
    return bio;
}
