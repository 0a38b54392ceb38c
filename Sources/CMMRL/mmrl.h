// libmmrl: says what pictures show, by a model that mmrl-convert or `mmrl-run teach` made. The same answers as mmrl-run's, bit for bit.
//
// Handles: each type below is opaque. What a `..._create`, `mmrl_model_open` or `mmrl_classify` gives belongs to the caller, who
// gives it back by the function named with it. NULL may be given back. A string that a function returns belongs to the handle that it was asked
// of and lives as long as that, unless something else is said. Strings are UTF-8; a path is the bytes that the system knows it by.
//
// Errors: functions return a status; mmrl_message() then says in a line what was wrong and what to do about it. No argument and no
// file makes the library end the process, but for these: a pointer that is neither NULL nor what this header asks for, a handle that
// was given back, and memory that the system has not got.
//
// Threads: a model may be used by any number of threads at once. Options, pictures and answers may be read by several threads
// at once, but changed or given back only by one while no other uses them. A process that forks must open its models afterwards.
// The library installs no signal handler, prints nothing and reads one environment variable, MMRL_ISA, which forces an instruction set.
#ifndef MMRL_H
#define MMRL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// What a function returns that can fail. More may come in later versions.
typedef enum mmrl_status {
    MMRL_OK = 0,
    /// The caller asked for something that there is not: NULL, a number out of bounds, a name that no label can have.
    MMRL_ARGUMENT = 1,
    /// A file cannot be opened, read or written.
    MMRL_FILE = 2,
    /// The model is damaged, is none, or lacks what was asked of it.
    MMRL_MODEL = 3,
    /// A picture is damaged, is none, or is of a kind that is not read.
    MMRL_PICTURE = 4,
} mmrl_status;

/// How a label came into the model.
typedef enum mmrl_set {
    MMRL_NO_SET = 0,
    /// It was learnt from photos.
    MMRL_KNOWN = 1,
    /// By its name alone.
    MMRL_NOVEL = 2,
} mmrl_set;

/// What scores a label.
typedef enum mmrl_head {
    MMRL_NO_HEAD = 0,
    /// Class and representation head together.
    MMRL_FUSION = 1,
    /// The class head alone.
    MMRL_CLASS = 2,
} mmrl_head;

typedef struct mmrl_options mmrl_options;
typedef struct mmrl_model mmrl_model;
typedef struct mmrl_pictures mmrl_pictures;
typedef struct mmrl_answers mmrl_answers;

/// The library's version, as "1.2.3"; lives as long as the process.
const char *mmrl_version(void);

/// What the last call that failed on this thread said, in a line; "" before any has. Lives until the next call of this thread that fails.
const char *mmrl_message(void);

// Options

/// The usual options; mmrl_options_destroy() takes them back, also once a model was opened with them.
mmrl_options *mmrl_options_create(void);
void mmrl_options_destroy(mmrl_options *options);

/// Threads, 1 to 256; as many as the process may use unless set.
mmrl_status mmrl_options_set_threads(mmrl_options *options, int threads);

/// Adds a label by name. The model then knows these alone, not its own; it has to carry its text tower.
mmrl_status mmrl_options_add_label(mmrl_options *options, const char *name);

/// What share of the pictures that show a label may be answered "unknown", at least 0 (never) and below 1. Unless set it is 0.05
/// where the model has seen photos enough for that, else 0.
mmrl_status mmrl_options_set_unknown_rate(mmrl_options *options, double rate);

/// Whether large JPEG files are decoded in full, not 0, or smaller and faster while that leaves twice the model's input, 0 (usual).
mmrl_status mmrl_options_set_full_decode(mmrl_options *options, int full);

// Models

/// Opens a model.
/// path: its file. options: NULL for the usual ones. model: becomes the model, or NULL; mmrl_model_close() takes it back.
mmrl_status mmrl_model_open(const char *path, const mmrl_options *options, mmrl_model **model);
void mmrl_model_close(mmrl_model *model);

/// How many labels the model has; 0 of NULL.
size_t mmrl_model_label_count(const mmrl_model *model);
/// A label, of 0 to the count - 1, those learnt before those by name; NULL beyond.
const char *mmrl_model_label(const mmrl_model *model, size_t index);
/// How that label came into the model; MMRL_NO_SET beyond.
mmrl_set mmrl_model_label_set(const mmrl_model *model, size_t index);
/// How many numbers a feature has; 0 of NULL.
size_t mmrl_model_feature_count(const mmrl_model *model);
/// A line that is to be said of the options' labels, as that a name is too long for the text tower; NULL beyond the last.
const char *mmrl_model_warning(const mmrl_model *model, size_t index);

// Pictures

/// An empty list of pictures; mmrl_pictures_destroy() takes it back, and the answers stay.
mmrl_pictures *mmrl_pictures_create(void);
void mmrl_pictures_destroy(mmrl_pictures *pictures);

/// How many pictures are in the list; 0 of NULL.
size_t mmrl_pictures_count(const mmrl_pictures *pictures);

/// Adds a JPEG or PNG file by its path; it is read when it is classified.
mmrl_status mmrl_pictures_add_path(mmrl_pictures *pictures, const char *path);

/// Adds the bytes of a JPEG or PNG file. They are not copied: they must stay where and as they are until the list is given back.
mmrl_status mmrl_pictures_add_file(mmrl_pictures *pictures, const void *bytes, size_t count);

/// Adds pixels: RGB, `height` rows from the top of `width` pixels of 3 bytes, `stride` bytes from one row to the next; 0 for rows
/// without padding. They are not copied: they must stay where and as they are until the list is given back.
mmrl_status mmrl_pictures_add_pixels(
    mmrl_pictures *pictures, const uint8_t *pixels, size_t width, size_t height, size_t stride);

// Answers

/// Says what each of the pictures shows. A picture that cannot be read has a status of its own, and does not keep the others from
/// being answered.
/// top: how many labels an answer has at most, best first; at least 1. answers: become one answer for each picture, in their order, or NULL;
/// mmrl_answers_destroy() takes them back.
mmrl_status mmrl_classify(
    mmrl_model *model, const mmrl_pictures *pictures, size_t top, mmrl_answers **answers);
void mmrl_answers_destroy(mmrl_answers *answers);

/// How many answers there are; 0 of NULL.
size_t mmrl_answers_count(const mmrl_answers *answers);
/// Whether the picture could be read; MMRL_ARGUMENT where there is no such answer.
mmrl_status mmrl_answers_status(const mmrl_answers *answers, size_t picture);
/// Why it could not; NULL where it could.
const char *mmrl_answers_message(const mmrl_answers *answers, size_t picture);
/// Not 0 where no label fits well enough: then the best label is not the answer.
int mmrl_answers_is_unknown(const mmrl_answers *answers, size_t picture);
/// How probable it is that no label fits, 0 to 1; not a number where the model cannot say.
float mmrl_answers_unknown_score(const mmrl_answers *answers, size_t picture);
/// How many labels the answer has.
size_t mmrl_answers_label_count(const mmrl_answers *answers, size_t picture);
/// A label of the answer, the best one at 0; NULL beyond the last.
const char *mmrl_answers_label(const mmrl_answers *answers, size_t picture, size_t rank);
/// How probable that label is, 0 to 1; not a number beyond the last.
float mmrl_answers_score(const mmrl_answers *answers, size_t picture, size_t rank);
/// Its logit by the head that scores it; not a number beyond the last.
float mmrl_answers_logit(const mmrl_answers *answers, size_t picture, size_t rank);
/// How that label came into the model; MMRL_NO_SET beyond the last.
mmrl_set mmrl_answers_set(const mmrl_answers *answers, size_t picture, size_t rank);
/// What scored it; MMRL_NO_HEAD beyond the last.
mmrl_head mmrl_answers_head(const mmrl_answers *answers, size_t picture, size_t rank);
/// What was odd about the picture's file, a line; NULL beyond the last.
const char *mmrl_answers_warning(const mmrl_answers *answers, size_t picture, size_t index);

// Features

/// Writes the class feature of each picture: what the image encoder makes of it, of unit length.
/// features: [pictures, feature count], row after row. count: how many numbers there is room for; exactly so many are needed.
/// One picture that cannot be read makes the call fail; then what is in `features` is unspecified.
mmrl_status mmrl_features(
    mmrl_model *model, const mmrl_pictures *pictures, float *features, size_t count);

// Teaching

/// Teaches the model labels by photos, in seconds and without training, as `mmrl-run teach` does. The model stays as it is: open the new one.
/// labels: the label of each picture, as many as there are pictures. output: the file of the new model, which appears when it is complete;
/// may be that of the model. One picture that cannot be read makes the call fail, and nothing is written.
/// right, held_out: become how many pictures were given their label, of how many that were held out once in four folds; NULL
/// where that is not wanted.
mmrl_status mmrl_teach(
    mmrl_model *model, const mmrl_pictures *pictures, const char *const *labels, const char *output,
    size_t *right, size_t *held_out);

/// The same by a folder that has a folder of photos for each label, named after it; one named "none" is left out.
mmrl_status mmrl_teach_folder(
    mmrl_model *model, const char *folder, const char *output, size_t *right, size_t *held_out);

#ifdef __cplusplus
}
#endif

#endif
