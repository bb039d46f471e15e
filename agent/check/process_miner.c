/* SPDX-License-Identifier: Apache-2.0 */
#include "check/process_miner.h"

#include "check/process_name.h"
#include "clock.h"

#include <inttypes.h>
#include <string.h>

#define LOAD_CANDIDATES_MAX 64
#define LOAD_AGE_MIN_MS	    2000
#define LOAD_INTERVAL_MS    300
#define LOAD_PERCENT	    90
#define WALLET_MIN	    95 /* a Monero address; 106 with a payment id */
#define WALLET_MAX	    106

/* Options and schemes of xmrig, cpuminer, ccminer, lolMiner, T-Rex, NBMiner, ethminer. */
static const char *const convicting[] = {
	"stratum+",
	"stratum1+",
	"stratum2+",
	"stratums://",
	"stratum://",
	"daemon+http://",
	"--donate-level",
	"--donate-over-proxy",
	"--nicehash",
	"--randomx-",
	"--cpu-max-threads-hint",
	"--coin=monero",
	"--algo=rx/",
	"--algo rx/",
	"-a rx/",
	"ethproxy+",
	"ethash+ssl://",
	"etchash",
	"xmrig",
};
static const char *const pointing[] = {
	"randomx",	     "cryptonight", "kawpow",	   "ethash", "autolykos", "argon2/chukwa",
	"ghostrider",	     "verushash",   "yescrypt",	   "scrypt", "--rig-id",  "--worker",
	"--wallet",	     "--pool",	    " -o pool.",   ".pool.", "pool.",	  "nanopool",
	"2miners",	     "supportxmr",  "moneroocean", "--cuda", "--opencl",  "--cpu-priority",
	"--tls-fingerprint", "minexmr",	    "hashvault",
};

static bool is_base58(char byte)
{
	return (byte >= '1' && byte <= '9') ||
	       (byte >= 'A' && byte <= 'Z' && byte != 'I' && byte != 'O') ||
	       (byte >= 'a' && byte <= 'z' && byte != 'l');
}

static const char *find_wallet(const char *words)
{
	for (const char *word = words; *word;) {
		size_t length = 0;

		while (is_base58(word[length]))
			length++;
		if ((word[0] == '4' || word[0] == '8') && length >= WALLET_MIN &&
		    length <= WALLET_MAX)
			return word;
		word += length + (word[length] != '\0');
	}
	return NULL;
}

const char *words_find_miner(const char *words)
{
	const char *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < ELEMENTS(convicting); i++)
		if (strcasestr(words, convicting[i]))
			return convicting[i];
	if (find_wallet(words))
		return "a Monero wallet";
	for (size_t i = 0; i < ELEMENTS(pointing); i++) {
		if (!strcasestr(words, pointing[i]))
			continue;
		first = first ? first : pointing[i];
		count++;
	}
	return count >= 2 ? first : NULL;
}

/* Programs of people who look for miners, or write about them. */
static bool is_looking(struct live *live, const struct process *process)
{
	static const char *const names[] = {"grep",    "egrep", "fgrep",    "rg",   "less",
					    "more",    "vi*",	"nano",	    "sed",  "mawk",
					    "gawk",    "find",	"tail",	    "cat",  "journalctl",
					    "strings", "yara",	"clamscan", "apt*", "dpkg*"};

	if (!process->program || live_vouch_process(live, process) == VOUCHED_NOT)
		return false;
	for (size_t i = 0; i < ELEMENTS(names); i++)
		if (glob_match(names[i], path_name(process->program)))
			return true;
	return false;
}

int process_check_miner(struct live *live, const struct process *process)
{
	const struct sighting sighting = {
		.code = "miner.process",
		.process = process,
		.title = "has the command line of a miner",
	};
	_cleanup_free_ char *words = process_words(process);
	const char *found;

	if (!words)
		return -ENOMEM;
	found = words_find_miner(words);
	if (!found || is_looking(live, process))
		return 0;
	return live_report(live, &sighting, "found: %s", found);
}

/* What a process has had and what it has waited for, in ms of processor time. */
static bool read_demand(const struct live *live, const struct process *process, uint64_t *ret)
{
	_cleanup_close_ int dir_fd = proc_enter(live->proc_fd, process->pid);
	_cleanup_free_ char *text = NULL, *stat = NULL;
	struct process now = {};
	uint64_t demand = 0, ticks;
	size_t size;
	char *end;

	/* Time on the processor and time waiting for one, of the first thread, in ns. */
	if (dir_fd >= 0 && proc_read(dir_fd, "schedstat", 256, &text, &size) == 0) {
		demand = strtoull(text, &end, 10);
		demand = (demand + strtoull(end, NULL, 10)) / 1000000;
	}
	if (dir_fd < 0 || proc_read(dir_fd, "stat", 4096, &stat, &size) < 0 ||
	    proc_parse_stat(stat, size, &now) < 0 || now.started != process->started)
		return false;
	ticks = now.ticks * 1000 / (uint64_t)sysconf(_SC_CLK_TCK);
	*ret = demand > ticks ? demand : ticks;
	return true;
}

static uint64_t get_age_ms(const struct process *process)
{
	struct timespec now = {};
	uint64_t started = process->started * 1000 / (uint64_t)sysconf(_SC_CLK_TCK), ms;

	(void)clock_gettime(CLOCK_BOOTTIME, &now);
	ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	return ms > started ? ms - started : 0;
}

struct load {
	const struct process *process;
	uint64_t demand;
	uint64_t at_ms;
};

static size_t find_candidates(struct live *live, struct load loads[static LOAD_CANDIDATES_MAX])
{
	size_t count = 0;

	for (size_t i = 0; i < live->processes.count && count < LOAD_CANDIDATES_MAX; i++) {
		const struct process *process = &live->processes.items[i];
		struct load *load = &loads[count];
		uint64_t age = get_age_ms(process);

		/* The threads of the kernel wait for nobody's money. */
		if (process->kernel || !process->program || age < LOAD_AGE_MIN_MS ||
		    !read_demand(live, process, &load->demand) ||
		    load->demand * 100 < age * LOAD_PERCENT ||
		    process_is_in_vouched_unit(live, process))
			continue;
		load->process = process;
		load->at_ms = clock_monotonic_ms();
		count++;
	}
	return count;
}

static int judge_load(struct live *live, const struct load *load)
{
	const struct sighting sighting = {
		.code = "miner.load",
		.process = load->process,
		.title = "has used a whole processor since it started",
		.corroborates = true,
	};
	uint64_t demand, passed = clock_monotonic_ms() - load->at_ms;

	if (passed == 0 || !read_demand(live, load->process, &demand) || demand < load->demand ||
	    (demand - load->demand) * 100 < passed * LOAD_PERCENT)
		return 0;
	return live_report(live, &sighting,
			   "it wanted %" PRIu64 " s of processor time in %" PRIu64 " s, nice %d",
			   demand / 1000, get_age_ms(load->process) / 1000, load->process->nice);
}

int processes_check_load(struct live *live)
{
	const struct timespec interval = {.tv_nsec = LOAD_INTERVAL_MS * 1000000L};
	uint64_t deadline_ms = live->context->deadline_ms;
	struct load loads[LOAD_CANDIDATES_MAX];
	size_t count = find_candidates(live, loads);
	int r = 0;

	if (count == 0 ||
	    (deadline_ms && clock_monotonic_ms() + 2 * LOAD_INTERVAL_MS >= deadline_ms))
		return 0;
	(void)nanosleep(&interval, NULL);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = judge_load(live, &loads[i]);
	return r;
}
