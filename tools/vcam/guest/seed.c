// Tells the guest's kernel that its random numbers are good: it has no hardware to learn that from,
// and getrandom, which Swift calls at start, would wait for ever. Test data only ever depends on them.
#include <fcntl.h>
#include <linux/random.h>
#include <stdio.h>
#include <sys/ioctl.h>

int main(void) {
    struct {
        struct rand_pool_info head;
        unsigned char bytes[64];
    } seed = {.head = {.entropy_count = 512, .buf_size = 64}};
    int device = open("/dev/random", O_WRONLY);
    if (device < 0 || ioctl(device, RNDADDENTROPY, &seed)) {
        perror("/dev/random");
        return 1;
    }
    return 0;
}
