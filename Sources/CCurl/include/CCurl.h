#ifndef CCURL_H
#define CCURL_H

#include <stddef.h>
#include <stdint.h>

// One GET by libcurl, whose own calls are variadic, which Swift cannot make.

enum cc_outcome {
  CC_DONE,       // all of the answer came
  CC_CUT,        // the connection failed or broke off: it may go better again
  CC_REFUSED,    // the server's status says no
  CC_NO_RANGE,   // the server does not begin in the middle
  CC_UNTRUSTED,  // the server's certificate, or there is nothing to check it by
  CC_STOPPED,    // `take` did not want more
  CC_FAILED,     // anything else: again would not help
};

struct cc_transfer {
  const char *url;
  const char *agent;
  // Certificates to trust, a file; NULL for the system's.
  const char *authorities;
  // The first byte that is wanted.
  int64_t from;
  // Gets the bytes of the answer; anything but 0 ends the transfer. `total` is how many bytes the whole has, from its
  // start, -1 when the server does not say.
  int (*take)(void *context, const uint8_t *bytes, size_t count, int64_t total);
  void *context;

  // Set afterwards: the last status, 0 for none, and what went wrong in libcurl's words.
  long status;
  char error[256];
};

// Follows redirections, never from https to http; takes the proxy that the environment names; gives up on a server that
// sends nothing for a minute.
enum cc_outcome cc_get(struct cc_transfer *transfer);

#endif
