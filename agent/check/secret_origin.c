/* SPDX-License-Identifier: Apache-2.0 */
#include "check/secret_origin.h"

#include "check/packages.h"

#include <string.h>

/* Looked at by the checks of keys and of accounts, which know which are right. */
static const char *const others[] = {
	"/etc/ssh/ssh_host_*_key", "/etc/shadow", "/etc/shadow-", "/etc/gshadow", "/etc/gshadow-",
};

/* The customer's own user-data and what cloud-init keeps of it. */
static const char *const instance_data[] = {
	"/var/lib/cloud/**",
	"/run/cloud-init/**",
	"/var/lib/goldseal/**",
};

/*
 * Keys that a program makes for this one instance when it first runs. They are right only where a
 * package brought that program.
 */
static const struct {
	const char *glob, *program;
} generated[] = {
	{"/etc/ssl/private/ssl-cert-snakeoil.key", "/usr/sbin/make-ssl-cert"},
	{"/var/lib/waagent/*.pem", "/usr/sbin/waagent"},
	{"/var/lib/waagent/*.prv", "/usr/sbin/waagent"},
	{"/etc/salt/pki/minion/minion.pem", "/usr/bin/salt-minion"},
	{"/etc/salt/pki/master/*.pem", "/usr/bin/salt-master"},
	{"/etc/puppet/ssl/private_keys/*.pem", "/usr/bin/puppet"},
	{"/var/lib/puppet/ssl/private_keys/*.pem", "/usr/bin/puppet"},
	{"/etc/puppetlabs/puppet/ssl/private_keys/*.pem", "/opt/puppetlabs/bin/puppet"},
	{"/etc/chef/client.pem", "/usr/bin/chef-client"},
	{"/etc/docker/key.json", "/usr/sbin/dockerd"},
	{"/var/lib/kubelet/pki/*", "/usr/bin/kubelet"},
	{"/etc/letsencrypt/**", "/usr/bin/certbot"},
	{"/var/lib/tor/**", "/usr/bin/tor"},
	{"/var/lib/amazon/ssm/**", "/usr/bin/amazon-ssm-agent"},
	{"/etc/postfix/*.key", "/usr/sbin/postfix"},
	{"/var/lib/cockpit/**", "/usr/lib/cockpit/cockpit-tls"},
	{"/etc/cockpit/ws-certs.d/*", "/usr/lib/cockpit/cockpit-tls"},
	{"/etc/bind/rndc.key", "/usr/sbin/named"},
	{"/etc/ipsec.d/private/*", "/usr/sbin/ipsec"},
};

static bool matches_any(const char *const globs[], size_t count, const char *path)
{
	for (size_t i = 0; i < count; i++)
		if (glob_match(globs[i], path))
			return true;
	return false;
}

static int is_owned(const struct check_context *context, const char *path)
{
	struct package_query query = {.path = path};
	int r = package_find_owners(context->root_fd, &query, 1);

	if (r == -ENOMEM)
		return r;
	r = query.package != NULL;
	free(query.package);
	return r;
}

int secret_is_expected(const struct check_context *context, const char *path)
{
	if (matches_any(others, ELEMENTS(others), path))
		return 1;
	if (context->situation != SITUATION_BOOT)
		return 0;
	if (matches_any(instance_data, ELEMENTS(instance_data), path))
		return 1;
	for (size_t i = 0; i < ELEMENTS(generated); i++)
		if (glob_match(generated[i].glob, path))
			return is_owned(context, generated[i].program);
	return 0;
}

int secret_is_sample(const struct check_context *context, const char *path,
		     const struct window *window)
{
	static const char magic[] = "\177ELF";

	if (window->offset != 0 || window->size < 4 || memcmp(window->data, magic, 4) != 0)
		return 0;
	return context->unvouched ? 1 : is_owned(context, path);
}
