// SPDX-License-Identifier: GPL-2.0
/* From 6.6: a driver's .huge_fault is told an order, before that an enum page_entry_size. */
#include <linux/mm.h>

bool msc_probe(const struct vm_operations_struct *ops, struct vm_fault *vmf);
bool msc_probe(const struct vm_operations_struct *ops, struct vm_fault *vmf)
{
	/* An unsigned int would be taken for the enum; PUD_ORDER came with the orders. */
	return ops->huge_fault && !ops->huge_fault(vmf, PUD_ORDER);
}
