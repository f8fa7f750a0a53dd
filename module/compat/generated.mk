# SPDX-License-Identifier: GPL-2.0
# The headers about the kernel that is built for. The Kbuild that includes this has $(msc-headers)
# made before its objects; which of those one must be made anew for, the compiler says.

msc-compat-dir := $(src)/module/compat
msc-probes := $(wildcard $(msc-compat-dir)/probes/*)
msc-btf := $(wildcard $(msc-compat-dir)/btf/*)
msc-made := module/compat/msc_config.h module/compat/msc_layout.h
msc-headers := $(addprefix $(obj)/,$(msc-made))
ccflags-y += -I$(msc-compat-dir) -I$(obj)/module/compat

# Which of the interfaces that differ between kernels it has.
quiet_cmd_msc_probe = PROBE   $@
      cmd_msc_probe = $(CONFIG_SHELL) $(msc-compat-dir)/probes/run.sh $@ \
			$(CC) $(filter-out -Wp$(comma)%,$(c_flags)) -Werror

$(obj)/module/compat/msc_config.h: $(msc-probes) FORCE
	$(call if_changed,msc_probe)

# Where the members of KSM's private structs are. The last word makes it try again when bpftool has
# been installed meanwhile.
quiet_cmd_msc_layout = LAYOUT  $@
      cmd_msc_layout = $(CONFIG_SHELL) $(msc-compat-dir)/btf/layout.sh $@ $(abspath $(objtree)) \
			"$(BTF)" $(shell PATH=$$PATH:/usr/sbin command -v bpftool)

$(obj)/module/compat/msc_layout.h: $(msc-btf) FORCE
	$(call if_changed,msc_layout)

targets += $(msc-made)
