# SPDX-License-Identifier: GPL-2.0
# The headers about the kernel that is built for. The Kbuild that includes this sets msc-compat-dir,
# this folder, and msc-made, where they go below $(obj), and lets its objects depend on
# $(msc-headers).

msc-probes := $(wildcard $(msc-compat-dir)/probes/*)
msc-btf := $(wildcard $(msc-compat-dir)/btf/*)
msc-headers := $(addprefix $(obj)/$(msc-made),msc_config.h msc_layout.h)
ccflags-y += -I$(msc-compat-dir) -I$(obj)/$(msc-made)

# Which of the interfaces that differ between kernels it has.
quiet_cmd_msc_probe = PROBE   $@
      cmd_msc_probe = $(CONFIG_SHELL) $(msc-compat-dir)/probes/run.sh $@ \
			$(CC) $(filter-out -Wp$(comma)%,$(c_flags)) -Werror

$(obj)/$(msc-made)msc_config.h: $(msc-probes) FORCE
	$(call if_changed,msc_probe)

# Where the members of KSM's private structs are. The last word makes it try again when bpftool has
# been installed meanwhile.
quiet_cmd_msc_layout = LAYOUT  $@
      cmd_msc_layout = $(CONFIG_SHELL) $(msc-compat-dir)/btf/layout.sh $@ $(abspath $(objtree)) \
			"$(BTF)" $(shell PATH=$$PATH:/usr/sbin command -v bpftool)

$(obj)/$(msc-made)msc_layout.h: $(msc-btf) FORCE
	$(call if_changed,msc_layout)

targets += $(addprefix $(msc-made),msc_config.h msc_layout.h)
