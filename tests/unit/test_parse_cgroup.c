#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>
#include "parse/cgroup.h"

static void test_cgroup__takes_the_unified_hierarchy(void **state)
{
	static const char text[] = "4:memory:/old\n0::/system.slice/app.service\n";
	const char *path;
	size_t len;

	(void)state;
	assert_true(parse_cgroup(text, sizeof(text) - 1, &path, &len));
	assert_int_equal(len, strlen("/system.slice/app.service"));
	assert_memory_equal(path, "/system.slice/app.service", len);
	assert_false(parse_cgroup("4:memory:/old\n", 14, &path, &len));
	/* outside the namespace */
	assert_false(parse_cgroup("0::/../other\n", 13, &path, &len));
	assert_false(parse_cgroup_memory("4:memory:/../other\n", 19, &path, &len));
}

static void test_cgroup__takes_the_memory_controller_of_version_1(void **state)
{
	static const char text[] = "7:memorial:/no\n4:cpu,memory:/pod/app\n0::/\n5:name=systemd:/x\n";
	const char *path;
	size_t len;

	(void)state;
	assert_true(parse_cgroup_memory(text, sizeof(text) - 1, &path, &len));
	assert_int_equal(len, strlen("/pod/app"));
	assert_memory_equal(path, "/pod/app", len);
	assert_true(parse_cgroup(text, sizeof(text) - 1, &path, &len));
	assert_int_equal(len, 1);
	assert_false(parse_cgroup_memory("0::/pod\n", 8, &path, &len));
	assert_false(parse_cgroup_memory("4:memory\n3:memory:\n", 19, &path, &len));
}

static void test_cgroup__max_is_no_limit(void **state)
{
	assert_int_equal(parse_cgroup_number("9223372036854771712\n", 20), ABSENT);
	assert_int_equal(parse_cgroup_number("1048576\n", 8), 1048576);
	assert_int_equal(parse_cgroup_number("max\n", 4), ABSENT);
	assert_int_equal(parse_cgroup_number("12x\n", 4), ABSENT);
	assert_int_equal(parse_cgroup_number("99999999999999999999\n", 21), ABSENT);
}

#define REST "123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define ID "0" REST

static bool has_path(const char *text, const char *path)
{
	return cgroup_has_path(text, strlen(text), path);
}

static bool has_name(const char *text, const char *name)
{
	return cgroup_has_name(text, strlen(text), name);
}

static bool has_container(const char *text, const char *id)
{
	return cgroup_has_container(text, strlen(text), id);
}

static void test_cgroup__a_path_is_itself_and_what_is_below(void **state)
{
	static const char v2[] = "0::/system.slice/web.service/app\n";

	assert_true(has_path(v2, "/system.slice/web.service"));
	assert_true(has_path(v2, "/system.slice/web.service/"));
	assert_true(has_path(v2, "system.slice/web.service"));
	assert_true(has_path(v2, "//system.slice/web.service/app"));
	assert_false(has_path(v2, "/system.slice/web"));
	assert_false(has_path(v2, "/web.service"));
	assert_false(has_path(v2, "/system.slice/web.service/app/more"));
	assert_false(has_path(v2, "/"));
	assert_false(has_path("0::/\n", "/"));
	assert_false(has_path("", "/system.slice"));
}

static void test_cgroup__a_path_below_the_mount(void **state)
{
	static const char v2[] = "0::/system.slice/web.service\n";
	static const char v1[] =
		"12:cpu,cpuacct:/a\n4:memory:/docker/x\n1:name=systemd:/system.slice/web.service\n"
		"0::/system.slice/new.service\n";

	assert_true(has_path(v2, "/sys/fs/cgroup/system.slice/web.service/"));
	assert_false(has_path(v2, "/sys/fs/cgroup"));
	assert_false(has_path(v2, "/sys/fs/cgroups/system.slice"));
	assert_true(has_path(v1, "/sys/fs/cgroup/memory/docker"));
	assert_false(has_path(v1, "/sys/fs/cgroup/memory/a"));
	assert_false(has_path(v1, "/sys/fs/cgroup/memory"));
	assert_true(has_path(v1, "/sys/fs/cgroup/cpu/a"));
	assert_true(has_path(v1, "/sys/fs/cgroup/cpu,cpuacct/a"));
	assert_true(has_path(v1, "/sys/fs/cgroup/systemd/system.slice/web.service"));
	assert_true(has_path(v1, "/sys/fs/cgroup/unified/system.slice/new.service"));
	assert_false(has_path(v1, "/sys/fs/cgroup/unified/system.slice/web.service"));
	/* without the mount any of its hierarchies counts */
	assert_true(has_path(v1, "/docker/x"));
}

static void test_cgroup__a_unit_is_a_name_anywhere(void **state)
{
	static const char text[] = "1:name=systemd:/system.slice/system-web.slice/web@a.service\n0::/\n";

	assert_true(has_name(text, "web@a.service"));
	assert_true(has_name(text, "system-web.slice"));
	assert_false(has_name(text, "web.service"));
	assert_false(has_name(text, "a.service"));
	assert_false(has_name(text, ""));
	assert_true(has_name("0::/system.slice/_cpu.service\n", "cpu.service"));
	/* outside of this cgroup namespace, and a name with a colon in it */
	assert_true(has_name("0::/../web.service\n", "web.service"));
	assert_true(has_name("0::/a:b.service\n", "a:b.service"));
}

static void test_cgroup__a_container_is_its_id(void **state)
{
	static const char *const names[] = {
		"0::/system.slice/docker-" ID ".scope\n",
		"5:memory:/docker/" ID "\n0::/\n",
		"0::/../../kubepods.slice/kubepods-pod1.slice/cri-containerd-" ID ".scope/below\n",
		"0::/kubepods/burstable/pod1234/" ID "\n",
		"0::/machine.slice/libpod-" ID ".scope/container\n",
		"0::/kubepods.slice/crio-" ID ".scope\n",
		"0::/system.slice/containerd.service/kubepods-pod1.slice:cri-containerd:" ID "\n",
	};

	static const char inner[] = "0::/docker/f" REST "/docker/" ID "/init\n",
			  monitor[] = "0::/libpod-conmon-" ID ".scope\n";
	const char *id;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		assert_true(has_container(names[i], "0123456789ab"));
		assert_true(has_container(names[i], "0123456789abc"));
		assert_true(has_container(names[i], ID));
		assert_false(has_container(names[i], "0123456789ac"));
		assert_false(has_container(names[i], "123456789abc"));
		assert_false(has_container(names[i], "0123456789a"));
		assert_false(has_container(names[i], ID "0"));
		assert_true(cgroup_container(names[i], strlen(names[i]), &id));
		assert_memory_equal(id, ID, CGROUP_CONTAINER_LEN);
	}
	assert_false(has_container("0::/libpod-conmon-" ID ".scope\n", ID));
	assert_false(has_container("0::/x" ID "\n", ID));
	assert_false(has_container("0::/0123456789ab\n", "0123456789ab"));
	assert_false(cgroup_is_container_id("0123456789AB"));
	assert_false(cgroup_is_container_id("gunicorn-web"));
	assert_true(cgroup_container(inner, strlen(inner), &id));
	assert_memory_equal(id, ID, CGROUP_CONTAINER_LEN);
	assert_false(cgroup_container(monitor, strlen(monitor), &id));
	assert_false(cgroup_container("0::/\n", 5, &id));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cgroup__takes_the_unified_hierarchy),
		cmocka_unit_test(test_cgroup__takes_the_memory_controller_of_version_1),
		cmocka_unit_test(test_cgroup__max_is_no_limit),
		cmocka_unit_test(test_cgroup__a_path_is_itself_and_what_is_below),
		cmocka_unit_test(test_cgroup__a_path_below_the_mount),
		cmocka_unit_test(test_cgroup__a_unit_is_a_name_anywhere),
		cmocka_unit_test(test_cgroup__a_container_is_its_id),
	};

	return cmocka_run_group_tests_name("cgroup", tests, NULL, NULL);
}
