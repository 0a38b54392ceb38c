// The V4L2 capture interface without variadic calls, sizeof macros and unions, so that Swift can use
// it: one function an ioctl, flat structures. Every function returns 0 or an errno value; calls that
// a signal interrupts are made again.
#ifndef CV4L2_H
#define CV4L2_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

typedef struct cv_device_info {
    char driver[16], card[32], bus[32];
    bool captures;     // VIDEO_CAPTURE or VIDEO_CAPTURE_MPLANE, with streaming
    bool multiplanar;  // only VIDEO_CAPTURE_MPLANE: to be passed to the other calls
} cv_device_info;

typedef struct cv_pixel_format {
    uint32_t code;  // FourCC
} cv_pixel_format;

typedef struct cv_frame_sizes {  // a single size, or all from minimum to maximum in steps
    uint32_t minimum_width, maximum_width, step_width;
    uint32_t minimum_height, maximum_height, step_height;
} cv_frame_sizes;

typedef struct cv_interval {  // seconds a frame
    uint32_t numerator, denominator;
} cv_interval;

typedef enum __attribute__((enum_extensibility(closed))) cv_matrix : uint8_t {
    CV_BT601 __attribute__((swift_name("bt601"))),
    CV_BT709 __attribute__((swift_name("bt709"))),
    CV_BT2020 __attribute__((swift_name("bt2020"))),
    CV_SMPTE240M __attribute__((swift_name("smpte240M"))),
} cv_matrix;

typedef struct cv_format {
    uint32_t code, width, height;
    uint32_t bytes_per_line, image_bytes;  // as the driver says, set by cv_get_format, cv_set_format
    uint32_t planes;
    cv_matrix matrix;   // of Y'CbCr
    bool full_range;    // luma from 0 to 255 rather than 16 to 235
} cv_format;

typedef struct cv_buffer {
    uint32_t index, sequence, bytes_used, data_offset;
    bool error;               // V4L2_BUF_FLAG_ERROR: its contents may be damaged
    bool monotonic;           // the time is CLOCK_MONOTONIC's
    int64_t seconds, microseconds;
} cv_buffer;

int cv_describe_device(int descriptor, cv_device_info *info);

// The following answer EINVAL past the last index.
int cv_pixel_format_at(int descriptor, bool multiplanar, uint32_t index, cv_pixel_format *format);
int cv_frame_sizes_at(int descriptor, uint32_t code, uint32_t index, cv_frame_sizes *sizes);
int cv_interval_at(int descriptor, uint32_t code, uint32_t width, uint32_t height, uint32_t index,
                   cv_interval *shortest);

int cv_get_format(int descriptor, bool multiplanar, cv_format *format);
// Asks for code, width and height; leaves what the driver grants.
int cv_set_format(int descriptor, bool multiplanar, cv_format *format);
// Asks for an interval; leaves what the driver grants. 0/0 asks for nothing. ENOTTY: has no rates.
int cv_set_interval(int descriptor, bool multiplanar, cv_interval *interval);

// Memory-mapped buffers; 0 frees them. Leaves the granted number.
int cv_request_buffers(int descriptor, bool multiplanar, uint32_t *count);
int cv_locate_buffer(int descriptor, bool multiplanar, uint32_t index, uint32_t *length,
                     uint32_t *offset);
int cv_queue_buffer(int descriptor, bool multiplanar, uint32_t index);
int cv_dequeue_buffer(int descriptor, bool multiplanar, cv_buffer *buffer);
int cv_start_stream(int descriptor, bool multiplanar);
int cv_stop_stream(int descriptor, bool multiplanar);

// After this, poll reports POLLPRI when the signal's format changes.
int cv_subscribe_source_changes(int descriptor);
int cv_take_event(int descriptor);

// libv4lconvert, for formats that are not ours. Null: no memory.
typedef struct cv_converter cv_converter;
cv_converter *_Nullable cv_make_converter(int descriptor);
void cv_free_converter(cv_converter *converter);
// To RGB24, [height, width, 3] without padding. EINVAL: format unknown to it, or frame damaged.
int cv_convert(cv_converter *converter, const cv_format *format, const uint8_t *frame, size_t count,
               uint8_t *rgb, size_t capacity);

#pragma clang assume_nonnull end
#endif
