// SPDX-License-Identifier: Apache-2.0
//
// Cryptocurrency miners: their programs, their configuration, the commands that start them.
//
// No rule fires on one word, a name or a port: each needs marks of several kinds, and text needs
// them in the form in which a miner reads them (a pool with its port, a key with its value). So
// lists of indicators and manuals stay quiet, and so does this file: its patterns are written so
// that they do not match themselves. `code` names the finding (core/catalog/miner.h).
//
// Sources: docs/checks/miners.md.

import "math"

private rule elf
{
	condition:
		uint32(0) == 0x464c457f
}

private rule elf_without_sections
{
	condition:
		elf and ((uint8(4) == 2 and uint16(0x3c) == 0) or (uint8(4) == 1 and uint16(0x30) == 0))
}

private rule text
{
	condition:
		filetype == "TEXT"
}

private rule odd_place
{
	condition:
		filepath matches /^\/(tmp|var\/tmp|dev|run|var\/run|var\/spool|var\/log|etc)\// or
		filepath matches /\/\.[^\/]+\// or filename matches /^\./ or filename matches /[ .]$/ or
		filename matches /^\[?(kthread|kworker|ksoftirqd|kswapd|kdevtmpfs|migration|rcu_|kauditd|khugepaged|kblockd|watchdog)/
}

private rule pool_protocol
{
	strings:
		$scheme = /stratum[12]?\+(tcp|tls|ssl|udp)/ nocase
		$stratum = /stratum[:]\/\//
		$bitcoin = /mining[.](subscribe|authorize|set_difficulty|extranonce\.subscribe)/
		$ethereum = /eth_submit(Login|Hash[r]ate)/
		$cryptonote = /"method" ?: ?"(keepalived|get[j]ob)"/
		$daemon = /daemon\+https?:/
	condition:
		any of them
}

private rule algorithm
{
	strings:
		$random_x = /random[x]/ fullword nocase
		$crypto_night = /cryptonigh[t]/ nocase
		$kaw_pow = /kawpo[w]/ fullword nocase
		$et_hash = /e(t)(c?)has[h]/ fullword nocase
		$auto_lykos = /autolyko[s]/ nocase
		$equi_hash = /equihas[h]/ nocase
		$yes_power = /yespowe[r]/ nocase
		$ghost_rider = /ghostride[r]/ nocase
		$verus_hash = /verushas[h]/ nocase
		$beam_hash = /beamhas[h]/ nocase
		$prog_pow = /progpo[w]/ nocase
		$chukwa = /argon2\/chukw[a]/
		$cn = /\bcn\/(half|fast|xao|rto|rwz|zls|double|upx2|gpu|ccx)/
		$cn_family = /\bcn-(lite|heavy|pico|femto)\//
		$rx = /\brx\/(0|wow|arq|graft|sfx|keva|yada)/
	condition:
		any of them
}

private rule tuning
{
	strings:
		$donate = /donate-(level|over-proxy)/
		$hash_speed = /hash[ _-]?rat[e]/ nocase
		$unit = /\b[kMG]?H\/s\b/
		$nice_hash = /nicehas[h]/ nocase
		$rig = /rig[-_]i[d]\b/
		$affinity = /cpu-affinit[y]/
		$server = /mining serve[r]/ nocase
		$shares = /(accepted|rejected|stale) share[s]?/ nocase
		$threads_hint = /max-threads-hin[t]/
		$huge_pages = /1gb-page[s]/
		$miner_name = /\b(xmrig|xmr-stak|lolminer|phoenixminer|nbminer|teamredminer|srbminer|t-rex|gminer|ccminer|cpuminer|cgminer|bfgminer|wildrig|nanominer)\b[ \/-]?v?[0-9%]/ nocase
	condition:
		any of them
}

private rule tuning_much
{
	strings:
		$donate = /donate-(level|over-proxy)/
		$hash_speed = /hash[ _-]?rat[e]/ nocase
		$nice_hash = /nicehas[h]/ nocase
		$affinity = /cpu-affinit[y]/
		$server = /mining serve[r]/ nocase
		$shares = /(accepted|rejected|stale) share[s]?/ nocase
		$threads_hint = /max-threads-hin[t]/
	condition:
		2 of them
}

rule miner_program
{
	meta:
		code = "miner.program"
		description = "a mining program's pool protocol, algorithms and messages"
	condition:
		elf and ((pool_protocol and (algorithm or tuning)) or (algorithm and tuning_much))
}

// A program that runs from a packed image is no proof; in a place where no program belongs, or
// under a kernel thread's name, nobody has an honest reason for it.
rule miner_packed
{
	meta:
		code = "miner.packed-program"
		description = "a packed program in a place or under a name that hides it"
	strings:
		$upx = "UPX!"
		$upx_info = /\$Info: This file is packed with/
	condition:
		elf and odd_place and (any of them or (elf_without_sections and math.entropy(0, 1048576) > 7.4))
}

rule miner_pool_command
{
	meta:
		code = "miner.pool"
		description = "a mining pool's address with the options of a miner"
	strings:
		$url = /stratum[12]?(\+(tcp|tls|ssl|udp|ws|wss|http|https))?:\/\/([^\s"'@\/]{1,200}@)?[a-z0-9.-]{3,100}:[0-9]{2,5}/ nocase
		$option = /[\s"'](-o|-u|-a|-O|--url|--user|--algo|--coin|--pool|--userpass|--nicehash|--donate-level|--cpu-priority|--rig-id|--wallet|-wal|-pool|-worker)["']?[ =,\t]/
		$known = /(minexmr|supportxmr|nanopool|hashvault|moneroocean|c3pool|herominers|2miners|unmineable|f2pool|flypool|ethermine|flexpool|dwarfpool|minergate|crypto-pool|monerohash|xmrpool|minemonero|prohashing|miningpoolhub|zpool|nice[h]ash|hiveon|woolypooly|kryptex|rplant|antpool|viabtc|slushpool|braiins|poolin|luxor|monerop|p2pool|volt-mine|skypool|gntl|bohemianpool|aionpool|xmr\.pt|miningocean|minerno)\.(com|org|net|pro|stream|io|eu|de|pt|network|uk|co|ru|cn|xyz|club|me|ca|is|cc|in|one|observer)[\]"']?[:,] ?["']?[0-9]{2,5}/ nocase
		$name = /[\/\s"'](xmrig|xmr-stak|lolminer|phoenixminer|nbminer|teamredminer|srbminer(-multi)?|t-rex|gminer|ccminer|cpuminer|cgminer|bfgminer|minerd|wildrig|nanominer|kdevtmpfsi|kinsing|sysrv|bminer|ethminer|claymore)[\s"':\/]/ nocase
		$wallet = /(-u|--user|--wallet|-wal|wallet|user|address|login|WALLET|USER)["']?[ :=,"']{1,4}([48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}|4[0-9AB][1-9A-HJ-NP-Za-km-z]{104}|0x[0-9a-fA-F]{40}|(kaspa:|nano_|ban_|bc1)[0-9a-z]{25,80})/
		$host_option = /[\s"'](-o|--url|--pool|-pool|--server)["']?[ =,\t]{1,3}["']?[a-z0-9.-]{3,100}:[0-9]{2,5}/ nocase
		$algorithm_option = /[\s"'](-a|--algo|--algorithm|--coin)["']?[ =,\t]{1,3}["']?[A-Za-z0-9\/_-]{2,30}/
	condition:
		text and (($url and any of ($option, $wallet, $name)) or ($known and any of ($option, $wallet, $name)) or
			($wallet and $option and (algorithm or tuning)) or ($wallet and $host_option) or
			($host_option and $algorithm_option and algorithm))
}

rule miner_download
{
	meta:
		code = "miner.program"
		description = "a command that fetches a mining program"
	strings:
		$fetch = /\b(curl|wget|fetch|git clone)\s/
		$release = /github\.com\/(xmrig\/xmrig|MoneroOcean\/xmrig|C3Pool\/xmrig|Lolliedieb\/lolMiner-releases|trexminer\/T-Rex|NebuTech\/NBMiner|todxx\/teamredminer|doktor83\/SRBMiner-Multi|develsoftware\/GMinerRelease|rplant8\/cpuminer-opt-rplant|JayDDee\/cpuminer-opt|tpruvot\/c(pu|c)miner(-multi)?|pooler\/cpuminer|ethereum-mining\/ethminer|fireice-uk\/xmr-stak)/ nocase
		$archive = /\/(xmrig|lolminer|t-rex|nbminer|teamredminer|srbminer|phoenixminer|gminer|xmr-stak)[a-z0-9._-]{0,40}\.(tar\.gz|tgz|tar\.xz|zip)/ nocase
		$setup = /(moneroocean|c3pool)[a-z0-9_.\/-]{0,60}setup_[a-z0-9_]{2,30}miner\.sh/ nocase
	condition:
		text and $fetch and any of ($release, $archive, $setup)
}

// A program that nothing vouches for, under the name of one: the name alone would be nothing.
rule miner_name
{
	meta:
		code = "miner.named-program"
		description = "a program under the name of a miner"
	condition:
		elf and filename matches /^(xmrig|xmr-stak(-rx)?|xmrminer|minerd|ccminer|cgminer|bfgminer|sgminer|ethminer|lolminer|nbminer|t-rex|gminer|phoenixminer|teamredminer|wildrig(-multi)?|srbminer(-multi)?|nanominer|bminer|cpuminer([-_].*)?|kdevtmpfsi|kinsing([-_].*)?|sysrv([-_]?hello)?|kthreaddk|xmrigdaemon|xmrigminer|watchbog|kworkerds|sustes)$/i
}

rule miner_configuration
{
	meta:
		code = "miner.configuration"
		description = "the settings of a mining program"
	strings:
		// xmrig and its kin
		$donate = /"donate-(level|over-proxy)"\s{0,3}:/
		$random_x = /"random[x]"\s{0,3}:\s{0,3}\{/
		$rig = /"rig-i[d]"\s{0,3}:/
		$nice_hash = /"nicehas[h]"\s{0,3}:/
		$self_select = /"self-selec[t]"\s{0,3}:/
		$submit = /"submit-to-origi[n]"\s{0,3}:/
		$huge = /"(huge-pages|1gb-pages)"\s{0,3}:/
		$threads_hint = /"max-threads-hin[t]"\s{0,3}:/
		$argon = /"argon2-imp[l]"\s{0,3}:/
		$tls = /"tls-fingerprin[t]"\s{0,3}:/
		$scratchpad = /"scratchpad_prefetch_mod[e]"\s{0,3}:/
		$pools = /"pools"\s{0,3}:\s{0,3}\[/
		// xmr-stak
		$pool_list = /"pool_lis[t]"\s{0,3}:/
		$pool_address = /"pool_addres[s]"\s{0,3}:/
		$wallet_address = /"wallet_addres[s]"\s{0,3}:/
		$use_nice_hash = /"use_nicehas[h]"\s{0,3}:/
		$pool_weight = /"pool_weigh[t]"\s{0,3}:/
		// cpuminer, ccminer, cgminer, t-rex: a pool with an account
		$stratum_url = /"(url|pool|server|host)"\s{0,3}:\s{0,3}"stratum[12]?(\+[a-z]{2,5})?:\/\/[^"\s]{4,}/ nocase
		$user = /"(user|username|wallet|worker)"\s{0,3}:\s{0,3}"[^"]+"/
		$pass = /"(pass|password|psw)"\s{0,3}:\s{0,3}"/
		$algo = /"(algo|algorithm|coin)"\s{0,3}:\s{0,3}"/
		// phoenixminer's epools.txt and config.txt, lolMiner's profiles
		$epool = /POOL:\s{0,3}[a-z0-9.+:\/-]{5,100}:[0-9]{2,5},\s{0,3}WALLET:/
		$phoenix = /-pool\s{1,3}[a-z0-9.+:\/-]{5,100}:[0-9]{2,5}\s{1,3}-wal\s/
		$lol = /POOL\s{0,3}=\s{0,3}[a-z0-9.+:\/-]{4,100}/
		$lol_user = /(USER|WALLET)\s{0,3}=\s{0,3}(0x[0-9a-fA-F]{40}|[48][0-9AB][1-9A-HJ-NP-Za-km-z]{93}|[A-Za-z0-9]{26,110})/
		$lol_algo = /(ALGO|COIN)\s{0,3}=\s{0,3}[A-Z0-9_-]{2,}/
	condition:
		text and (
			3 of ($donate, $random_x, $rig, $nice_hash, $self_select, $submit, $huge, $threads_hint, $argon, $tls, $scratchpad) or
			($pools and 2 of ($donate, $random_x, $rig, $nice_hash, $self_select, $submit, $huge, $threads_hint, $argon, $tls)) or
			($pools and $user and $pass and $algo and (algorithm or tuning)) or
			3 of ($pool_list, $pool_address, $wallet_address, $use_nice_hash, $pool_weight) or
			($stratum_url and any of ($user, $pass, $algo)) or
			$epool or $phoenix or all of ($lol, $lol_user, $lol_algo))
}

rule miner_encoded_pool
{
	meta:
		code = "miner.encoded-pool"
		description = "a mining pool's address, encoded so that nobody reads it"
	strings:
		// the plus sign as a number: spelt out, this line would be what the rules look for
		$tcp = "stratum\x2btcp://" base64 base64wide
		$ssl = "stratum\x2bssl://" base64 base64wide
		$tls = "stratum\x2btls://" base64
		$plain = "stratum\x3a//" base64
		$hex = /73747261747[5]6d2b(746370|73736c|746c73)3a2f2f/ nocase
		$donate = "--donate\x2dlevel" base64
	condition:
		any of them
}

rule miner_preparation
{
	meta:
		code = "miner.preparation"
		description = "huge pages and a processor register set as miners need them"
	strings:
		$huge = /(nr_hugepages\s{0,3}=\s{0,3}|nr_hugepages["']?\s{0,3}>?\s{0,3}|>\s{0,3}\/(proc|sys)\/[a-zA-Z0-9_\/-]{0,80}nr_hugepages)[0-9$"'`\s]/
		$wrmsr = /wrmsr\s{1,4}(-a\s{1,4})?(0x1a4|0xc001102[012b])/ nocase
		$allow = /modprobe\s{1,4}msr\s{1,4}allow_writes=on/
		$module = /msr\/allow_writes|allow_writes=o[n]/
	condition:
		text and $huge and ($wrmsr or $allow or $module)
}

rule miner_protocol_script
{
	meta:
		code = "miner.program"
		description = "a script that speaks a mining pool's protocol"
	strings:
		$subscribe = /["']mining[.]subscribe["']/
		$authorize = /["']mining[.]authorize["']/
		$submit = /["']mining[.]submit["']/
		$login = /["']method["']\s{0,3}:\s{0,3}["'](login|keepalived|getjob)["']/
		$job = /["'](job_id|jobid|seed_hash|blob)["']/
		$work = /["']eth_submitWor[k]["']/
		$get_work = /["']eth_getWor[k]["']/
	condition:
		text and (
			2 of ($subscribe, $authorize, $submit) or
			($login and $job and (algorithm or tuning)) or
			($work and $get_work and (tuning or pool_protocol)))
}
