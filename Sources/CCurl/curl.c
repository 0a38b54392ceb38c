#include "CCurl.h"

#include <curl/curl.h>
#include <pthread.h>
#include <string.h>

static void initialize(void) { curl_global_init(CURL_GLOBAL_DEFAULT); }

struct state {
  struct cc_transfer *transfer;
  CURL *curl;
};

static size_t take(char *bytes, size_t size, size_t count, void *context) {
  struct state *state = context;
  struct cc_transfer *transfer = state->transfer;
  curl_off_t length = -1;
  curl_easy_getinfo(state->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  int64_t total = length < 0 ? -1 : transfer->from + length;
  size_t all = size * count;
  return transfer->take(transfer->context, (const uint8_t *)bytes, all, total) == 0 ? all : CURL_WRITEFUNC_ERROR;
}

static enum cc_outcome outcome(CURLcode code, long status) {
  switch (code) {
    case CURLE_OK:
      return CC_DONE;
    case CURLE_HTTP_RETURNED_ERROR:
      // The part that is there may be longer than what the server has now.
      return status == 416 ? CC_NO_RANGE : CC_REFUSED;
    case CURLE_RANGE_ERROR:
      return CC_NO_RANGE;
    case CURLE_WRITE_ERROR:
      return CC_STOPPED;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return CC_UNTRUSTED;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_PARTIAL_FILE:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM:
    case CURLE_SSL_CONNECT_ERROR:
      return CC_CUT;
    default:
      return CC_FAILED;
  }
}

enum cc_outcome cc_get(struct cc_transfer *transfer) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, initialize);
  transfer->status = 0;
  transfer->error[0] = 0;

  CURL *curl = curl_easy_init();
  if (curl == NULL) return CC_FAILED;
  struct state state = {transfer, curl};
  // What comes encrypted stays so on its way through redirections.
  const char *protocols = strncmp(transfer->url, "https:", 6) == 0 ? "https" : "http,https";
  curl_easy_setopt(curl, CURLOPT_URL, transfer->url);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, transfer->agent);
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols);
  curl_easy_setopt(curl, CURLOPT_REDIR_PROTOCOLS_STR, protocols);
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
  curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 30L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, 60L);
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->error);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &state);
  curl_easy_setopt(curl, CURLOPT_RESUME_FROM_LARGE, (curl_off_t)transfer->from);
  if (transfer->authorities != NULL) curl_easy_setopt(curl, CURLOPT_CAINFO, transfer->authorities);

  CURLcode code = curl_easy_perform(curl);
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &transfer->status);
  if (code != CURLE_OK && transfer->error[0] == 0) {
    strncpy(transfer->error, curl_easy_strerror(code), sizeof transfer->error - 1);
    transfer->error[sizeof transfer->error - 1] = 0;
  }
  curl_easy_cleanup(curl);
  return outcome(code, transfer->status);
}
