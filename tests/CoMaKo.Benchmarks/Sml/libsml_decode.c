/* Decodes the frames of a file again and again with libsml and prints: seconds, values, sum of the values.
 * The file holds frames, each after its length as two octets, high one first. Usage: libsml_decode FILE ROUNDS
 * libsml gets the payload only: its transport reads from a file descriptor and would cost it system calls. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <sml/sml_file.h>
#include <sml/sml_get_list_response.h>
#include <sml/sml_value.h>

static unsigned char bytes[1 << 20];
static long count;
static double sum;

static void take(sml_get_list_response *list) {
    for (sml_list *entry = list->val_list; entry; entry = entry->next) {
        if (!entry->value) continue;
        unsigned char type = entry->value->type & 0x70;
        if (type != 0x50 && type != 0x60) continue;
        sum += sml_value_to_double(entry->value) * pow(10, entry->scaler ? *entry->scaler : 0);
        count++;
    }
}

static void decode(unsigned char *frame, size_t length) {
    sml_file *file = sml_file_parse(frame + 8, length - 16);
    for (int i = 0; i < file->messages_len; i++)
        if (*file->messages[i]->message_body->tag == SML_MESSAGE_GET_LIST_RESPONSE)
            take((sml_get_list_response *)file->messages[i]->message_body->data);
    sml_file_free(file);
}

int main(int argc, char **argv) {
    FILE *in = argc == 3 ? fopen(argv[1], "rb") : NULL;
    if (!in) return 2;
    size_t total = fread(bytes, 1, sizeof bytes, in);
    struct timespec start, end;
    clock_gettime(CLOCK_MONOTONIC, &start);
    for (long round = atol(argv[2]); round > 0; round--)
        for (size_t at = 0; at + 2 < total;) {
            size_t length = bytes[at] << 8 | bytes[at + 1];
            decode(bytes + at + 2, length);
            at += 2 + length;
        }
    clock_gettime(CLOCK_MONOTONIC, &end);
    printf("%.9f %ld %.1f\n", (end.tv_sec - start.tv_sec) + (end.tv_nsec - start.tv_nsec) / 1e9, count, sum);
    return 0;
}
