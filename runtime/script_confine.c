/* script_confine.c -- what Lua's own process gives up before it runs anything.
 *
 * Lua has had faults through which a script gets hold of the process that runs
 * it. Of this one there is little to be had: it opens nothing, makes no file
 * longer, starts no process, sees no network, and any call of the system
 * but the few it needs ends it. Where the kernel does not let it filter its
 * calls (some containers forbid it), the limits hold it alone.
 */
#include "runtime/script_private.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef SANITIZED
#include <sanitizer/common_interface_defs.h>
#endif

#if defined __x86_64__
#define MACHINE AUDIT_ARCH_X86_64
#elif defined __aarch64__ && defined __LITTLE_ENDIAN__
#define MACHINE AUDIT_ARCH_AARCH64
#elif defined __riscv && __riscv_xlen == 64
#define MACHINE AUDIT_ARCH_RISCV64
#endif

#define MEMORY_MOST ((rlim_t)1 << 30)  /* behind Lua's own limit: calls on their way in and out */

/* ---- limits ------------------------------------------------------------------------------- */

static rlim_t address_space(void)
{
    unsigned long pages = 0;
    FILE *f = fopen("/proc/self/statm", "re");
    if (f && fscanf(f, "%lu", &pages) != 1) pages = 0;
    if (f) fclose(f);
    return pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void limit(__rlimit_resource_t what, rlim_t most)
{
    const struct rlimit both = {most, most};
    if (setrlimit(what, &both) != 0) _exit(71);
}

static void limit_all(void)
{
#ifdef SANITIZED                           /* whose own memory is as large as the address space, and who must be able
                                              to write what it found */
    (void)address_space;
#else
    limit(RLIMIT_AS, address_space() + MEMORY_MOST);
    limit(RLIMIT_FSIZE, 0);
#endif
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_NPROC, 0);
    limit(RLIMIT_NOFILE, 0);
}

/* ---- the kernel's filter -------------------------------------------------------------------- */

#ifdef MACHINE
/* Memory, the clock, the socket that it was given, its own end. */
static const unsigned allowed[] = {
    SYS_recvfrom, SYS_sendto, SYS_brk, SYS_munmap, SYS_mremap, SYS_madvise, SYS_clock_gettime, SYS_gettimeofday,
    SYS_getrandom, SYS_futex, SYS_rt_sigreturn, SYS_restart_syscall, SYS_exit, SYS_exit_group,
#ifdef SANITIZED                           /* tells what it found, and where, before it ends the process */
    SYS_write, SYS_ioctl, SYS_getpid, SYS_gettid, SYS_sched_yield, SYS_sigaltstack, SYS_rt_sigaction,
    SYS_rt_sigprocmask,
#endif
};
/* It would like to, and goes on without. */
static const unsigned refused[] = {
#ifdef SANITIZED
    SYS_openat, SYS_readlinkat, SYS_newfstatat, SYS_pipe2, SYS_socketpair,
#ifdef SYS_open
    SYS_open, SYS_readlink, SYS_stat, SYS_pipe, SYS_fork,
#endif
#else
    SYS_write,                         /* to say that there is no memory, before it ends: how it ended says that, too */
#endif
};
enum { ALLOWED = sizeof allowed / sizeof *allowed, REFUSED = sizeof refused / sizeof *refused };

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define END(what) BPF_STMT(BPF_RET | BPF_K, (what))
#define UNLESS_EQUAL(n, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (n), 0, (skip))

/* Of another machine's numbers none is allowed; of memory none that can be run. */
static int filter(void)
{
    struct sock_filter steps[9 + 2 * (ALLOWED + REFUSED) + 1] = {
        LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0), END(SECCOMP_RET_KILL_PROCESS),
        LOAD(nr), UNLESS_EQUAL(SYS_mmap, 4),
        LOAD(args[2]), BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1), END(SECCOMP_RET_KILL_PROCESS),
        END(SECCOMP_RET_ALLOW)};
    unsigned short n = 9;
    for (unsigned i = 0; i < ALLOWED + REFUSED; i++) {
        bool may = i < ALLOWED;
        steps[n++] = (struct sock_filter)UNLESS_EQUAL(may ? allowed[i] : refused[i - ALLOWED], 1);
        steps[n++] = (struct sock_filter)END(may ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | EACCES);
    }
    steps[n++] = (struct sock_filter)END(SECCOMP_RET_KILL_PROCESS);
    const struct sock_fprog program = {n, steps};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0 ? 0 : errno;
}
#else
static int filter(void)
{
    return ENOSYS;
}
#endif

int script_confine(void)
{
#ifdef SANITIZED
    __sanitizer_sandbox_on_notify(NULL);   /* what it must look up to tell where it found something */
#endif
    limit_all();
    if (prctl(PR_SET_DUMPABLE, 0) != 0) _exit(71);
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? filter() : errno;
}
