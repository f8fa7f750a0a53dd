// SPDX-License-Identifier: GPL-2.0
/*
 * mergescope_device makes devices whose mappings KSM and the merging of VMAs leave alone, for
 * scenarios. It does what drivers do and harms nothing, but nobody needs it outside a test: it is
 * never installed, and not loaded by accident.
 *
 *	/dev/mergescope-device/KIND		sets up a VMA in file_operations.mmap
 *	/dev/mergescope-device/KIND-prepare	in .mmap_prepare; on kernels that have it
 */
#include <linux/fs.h>
#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/moduleparam.h>

#include "mapping.h"
#include "msc_config.h"

static bool for_tests;
module_param(for_tests, bool, 0400);
MODULE_PARM_DESC(for_tests, "I know that these devices are of no use but to tests");

/* struct special_device - one of them, whose mappings have @flag of VM_SPECIAL, or VM_NONE */
struct special_device {
	struct miscdevice misc;
	unsigned long flag;
};

/* The misc device's open() has left it there. */
static unsigned long flag_of(const struct file *file)
{
	const struct miscdevice *misc = file->private_data;

	return container_of(misc, struct special_device, misc)->flag;
}

static int map(struct file *file, struct vm_area_struct *vma)
{
	return device_mmap(flag_of(file), vma);
}

static const struct file_operations map_fops = {
	.owner = THIS_MODULE,
	.mmap = map,
};

#define DEVICE(device_name, device_flag, device_fops)                                            \
	{                                            \
		.misc = {                            \
			.minor = MISC_DYNAMIC_MINOR, \
			.name = "mergescope-" device_name,                                       \
			.nodename = "mergescope-device/" device_name,                            \
			.fops = &(device_fops),      \
			.mode = 0600,                \
		},                                   \
		.flag = (device_flag),   \
	}

#ifdef MSC_HAVE_MMAP_PREPARE
static int prepare(struct vm_area_desc *desc)
{
	return device_mmap_prepare(flag_of(desc->file), desc);
}

static const struct file_operations prepare_fops = {
	.owner = THIS_MODULE,
	.mmap_prepare = prepare,
};

#define DEVICES(name, flag) \
	DEVICE(name, flag, map_fops), DEVICE(name "-prepare", flag, prepare_fops)
#else
#define DEVICES(name, flag) DEVICE(name, flag, map_fops)
#endif

static const struct file_operations huge_fops = {
	.owner = THIS_MODULE,
	.mmap = device_mmap_huge,
};

#ifdef MSC_HAVE_HUGE_FAULT_ORDER
static const struct file_operations pud_fops = {
	.owner = THIS_MODULE,
	.mmap = device_mmap_pud,
};
#endif

static struct special_device devices[] = {
	DEVICES("plain", VM_NONE),
	DEVICES("pfnmap", VM_PFNMAP),
	DEVICES("mixedmap", VM_MIXEDMAP),
	DEVICES("io", VM_IO),
	DEVICES("dontexpand", VM_DONTEXPAND),
	DEVICE("huge-pfnmap", VM_PFNMAP, huge_fops),
#ifdef MSC_HAVE_HUGE_FAULT_ORDER
	DEVICE("pud-pfnmap", VM_PFNMAP, pud_fops),
#endif
};

static void deregister_first(unsigned int nr)
{
	while (nr--)
		misc_deregister(&devices[nr].misc);
}

static int register_all(void)
{
	unsigned int i;
	int err;

	for (i = 0; i < ARRAY_SIZE(devices); i++) {
		err = misc_register(&devices[i].misc);
		if (err) {
			deregister_first(i);
			return err;
		}
	}
	return 0;
}

static int __init device_init(void)
{
	int err;

	if (!for_tests) {
		pr_err("mergescope_device: is of no use but to tests; it wants for_tests=1\n");
		return -EPERM;
	}
	err = device_pages_init();
	if (err)
		return err;
	device_huge_init();
	err = register_all();
	if (err) {
		device_huge_exit();
		device_pages_exit();
	}
	return err;
}

static void __exit device_exit(void)
{
	deregister_first(ARRAY_SIZE(devices));
	device_huge_exit();
	device_pages_exit();
}

module_init(device_init);
module_exit(device_exit);

MODULE_DESCRIPTION("Devices whose mappings have VM_PFNMAP, VM_MIXEDMAP, VM_IO or VM_DONTEXPAND");
MODULE_LICENSE("GPL");
