/* A power cut for tests: of the files in the folder $POWERCUT_LIVE only the bytes that were synced reach $POWERCUT_KEPT.
 *
 * Preloaded into a process, it notes which bytes are written where, and copies them when fsync or fdatasync returns. What
 * the process wrote but never synced stays in the live folder alone: kill the process, and the kept folder is the disk
 * after the cut. Not covered: write() without a place, mmap and unlink, with which SQLite does not store its data.
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct range {
    ino_t file;
    off_t from;
    size_t length;
};

static struct range *unsynced;
static size_t count, room;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static int kept_path(int fd, char *kept) {
    char link[64], path[PATH_MAX];
    const char *live = getenv("POWERCUT_LIVE");
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length < 0 ? 0 : length] = 0;
    if (strncmp(path, live, strlen(live)) != 0 || path[strlen(live)] != '/')
        return 0;
    snprintf(kept, PATH_MAX, "%s%s", getenv("POWERCUT_KEPT"), path + strlen(live));
    return 1;
}

static void note(int fd, off_t from, size_t length) {
    char kept[PATH_MAX];
    struct stat file;
    if (!kept_path(fd, kept) || fstat(fd, &file) != 0)
        return;
    pthread_mutex_lock(&lock);
    if (count == room) {
        room = room ? 2 * room : 1024;
        unsynced = realloc(unsynced, room * sizeof *unsynced);
        if (!unsynced)
            abort();
    }
    unsynced[count++] = (struct range){file.st_ino, from, length};
    pthread_mutex_unlock(&lock);
}

static void copy(int from, int to, struct range range) {
    char *bytes = malloc(range.length);
    ssize_t length = bytes ? pread(from, bytes, range.length, range.from) : -1;
    ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
    if (length < 0 || real(to, bytes, length, range.from) != length)
        abort();
    free(bytes);
}

static void keep(int fd) {
    char kept[PATH_MAX];
    struct stat file;
    if (!kept_path(fd, kept) || fstat(fd, &file) != 0)
        return;
    int to = open(kept, O_RDWR | O_CREAT, 0644);
    if (to < 0)
        abort();
    pthread_mutex_lock(&lock);
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        if (unsynced[i].file == file.st_ino)
            copy(fd, to, unsynced[i]);
        else
            unsynced[left++] = unsynced[i];
    }
    count = left;
    pthread_mutex_unlock(&lock);
    if (ftruncate(to, file.st_size) != 0)
        abort();
    close(to);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t from) {
    ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, "pwrite");
    ssize_t written = real(fd, bytes, length, from);
    if (written > 0)
        note(fd, from, written);
    return written;
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t from) {
    return pwrite(fd, bytes, length, from);
}

static int synced(int fd, const char *name) {
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    int result = real(fd);
    if (result == 0)
        keep(fd);
    return result;
}

int fsync(int fd) { return synced(fd, "fsync"); }

int fdatasync(int fd) { return synced(fd, "fdatasync"); }
