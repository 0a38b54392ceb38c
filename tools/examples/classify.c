// Says what pictures show, by libmmrl: classify MODEL PICTURE...
//
//   cc classify.c $(pkg-config --cflags --libs mmrl) -o classify
//
// The first picture goes in as the bytes of its file, the others by their paths. Of each there is a line with the answer, then one for
// each of the best labels: name, set, head, score, logit.
#include <mmrl.h>
#include <stdio.h>
#include <stdlib.h>

static int failed(const char *what) {
    fprintf(stderr, "%s: %s\n", what, mmrl_message());
    return 2;
}

// The bytes of a file; NULL if there are none.
static void *bytes_of(const char *path, size_t *count) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *bytes = NULL;
    *count = 0;
    for (size_t room = 1 << 20; (bytes = realloc(bytes, room)) != NULL; room *= 2) {
        *count += fread(bytes + *count, 1, room - *count, file);
        if (*count < room) break;
    }
    fclose(file);
    return bytes;
}

int main(int count, char **arguments) {
    if (count < 3) {
        fprintf(stderr, "usage: %s MODEL PICTURE...\n", arguments[0]);
        return 64;
    }
    mmrl_model *model;
    if (mmrl_model_open(arguments[1], NULL, &model) != MMRL_OK) return failed("no model");

    mmrl_pictures *pictures = mmrl_pictures_create();
    size_t size = 0;
    void *bytes = bytes_of(arguments[2], &size);
    mmrl_status status = bytes ? mmrl_pictures_add_file(pictures, bytes, size)
                               : mmrl_pictures_add_path(pictures, arguments[2]);
    for (int index = 3; index < count && status == MMRL_OK; index++)
        status = mmrl_pictures_add_path(pictures, arguments[index]);

    mmrl_answers *answers = NULL;
    if (status == MMRL_OK) status = mmrl_classify(model, pictures, 5, &answers);
    if (status != MMRL_OK) return failed("no answers");
    // Of lent bytes nobody reads any more.
    mmrl_pictures_destroy(pictures);
    free(bytes);

    int unreadable = 0;
    for (size_t picture = 0; picture < mmrl_answers_count(answers); picture++) {
        const char *path = arguments[2 + picture];
        if (mmrl_answers_status(answers, picture) != MMRL_OK) {
            printf("%s\terror\t%s\n", path, mmrl_answers_message(answers, picture));
            unreadable = 1;
            continue;
        }
        printf("%s\tanswer\t%s\n", path,
               mmrl_answers_is_unknown(answers, picture) ? "unknown"
                                                         : mmrl_answers_label(answers, picture, 0));
        for (size_t rank = 0; rank < mmrl_answers_label_count(answers, picture); rank++)
            printf("\t%s\t%s\t%s\t%.9g\t%.9g\n", mmrl_answers_label(answers, picture, rank),
                   mmrl_answers_set(answers, picture, rank) == MMRL_KNOWN ? "known" : "novel",
                   mmrl_answers_head(answers, picture, rank) == MMRL_FUSION ? "fusion" : "class",
                   mmrl_answers_score(answers, picture, rank),
                   mmrl_answers_logit(answers, picture, rank));
    }
    mmrl_answers_destroy(answers);
    mmrl_model_close(model);
    return unreadable;
}
