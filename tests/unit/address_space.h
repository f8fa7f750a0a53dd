/* SPDX-License-Identifier: GPL-2.0 */
/* One small address space with every kind of mapping and every verdict, on each kernel. */
#ifndef MSC_UNIT_ADDRESS_SPACE_H
#define MSC_UNIT_ADDRESS_SPACE_H

#include "kernels.h"

/*
 * Record it into @s, which is initialised and empty, with the facts of kernel @k and ids given.
 * golden/ has the report of each.
 */
void unit_address_space(struct msc_snapshot *s, enum unit_kernel_id k);

#endif
