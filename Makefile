# SPDX-License-Identifier: GPL-2.0
# The targets of a person; "make help" lists them. What the kernel build compiles is in Kbuild.

VERSION := $(shell sed -n 's/^\#define MSC_VERSION "\(.*\)"/\1/p' module/core/format.h)

# The kernel to build for: by release, or by its headers or source tree.
KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build

# A file with that kernel's BTF (vmlinux, vmlinuz or raw), if it does not lie where it is looked for
# (module/compat/btf/layout.sh); "none" builds without the section ksm.
BTF ?=
export BTF

# Where the command, its completion and the manual pages go.
PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBEXECDIR ?= $(PREFIX)/libexec/mergescope
MANDIR ?= $(PREFIX)/share/man
COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions

# The kernels of the tests, by series ("6.1 7.3"); all of the matrix if empty.
KERNELS ?=

# The fuzzer: how many system calls on each kernel, and the seed of the first sequence.
STEPS ?= 100000
SEED ?= 1

DKMS_SOURCE := /usr/src/mergescope-$(VERSION)

man-pages := $(wildcard userspace/man/*.[1-9])
# What uname -r says on that kernel, and what its modules' folder is called. (Debian's
# kernel.release lacks the package's part.)
release = $$(sed -n 's/^\#define UTS_RELEASE "\(.*\)"/\1/p' \
		$(KDIR)/include/generated/utsrelease.h)
kbuild = $(MAKE) -C $(KDIR) M=$(CURDIR)

.PHONY: all modules command install uninstall clean dkms-install dkms-remove demo check check-drgn \
	fuzz fuzz-parsers check-debug soak help kdir

all: modules command

kdir:
	@test -e $(KDIR)/Makefile || { \
		echo "make: $(KDIR) is no kernel tree: install linux-headers-$(KVER)," \
			"or name one with KDIR=/path/to/linux" >&2; exit 2; }

modules: kdir
	$(kbuild) modules

command:
	@echo '#include <json-c/json.h>' | $(CC) -E -x c - >/dev/null 2>&1 || { \
		echo "make: no json-c/json.h: install libjson-c-dev" >&2; exit 2; }
	@$(MAKE) --no-print-directory -C userspace

install: modules command
	$(kbuild) INSTALL_MOD_DIR=updates modules_install
	depmod -a $(release)
	install -D -m 755 out/userspace/mergescope $(BINDIR)/mergescope
	install -D -m 755 out/userspace/agent $(LIBEXECDIR)/agent
	install -D -m 644 userspace/completion/mergescope $(COMPLETIONDIR)/mergescope
	for page in $(man-pages); do \
		install -D -m 644 $$page $(MANDIR)/man$${page##*.}/$${page##*/} || exit; done

uninstall: kdir
	rm -f /lib/modules/$(release)/updates/mergescope.ko*
	depmod -a $(release)
	rm -f $(BINDIR)/mergescope $(LIBEXECDIR)/agent $(COMPLETIONDIR)/mergescope
	for page in $(man-pages); do rm -f $(MANDIR)/man$${page##*.}/$${page##*/}; done

clean: kdir
	$(kbuild) clean
	rm -rf out

# Only what dkms builds from, not the whole checkout.
dkms-install:
	mkdir -p $(DKMS_SOURCE)
	cp -a Kbuild Makefile dkms.conf module $(DKMS_SOURCE)/
	dkms add mergescope/$(VERSION)
	dkms install mergescope/$(VERSION) -k $(KVER)

dkms-remove:
	dkms remove mergescope/$(VERSION) --all
	rm -rf $(DKMS_SOURCE)

demo:
	@tests/vm/setup demo
	@tests/vm/demo

check:
	@tests/vm/setup check
	@tests/run $(if $(DEBUG_KERNEL),--debug) $(KERNELS)

check-debug:
	@tests/vm/setup check
	@tests/run --guests-only 7.3-debug

check-drgn:
	@tests/vm/setup check
	@tests/vm/check-drgn

fuzz-parsers:
	@tests/vm/setup check
	@tests/fuzz/run 600

# Seconds on each kernel: with five, ten minutes in all.
SOAK = 120
soak:
	@tests/vm/setup check
	@tests/run --soak $(SOAK) $(KERNELS)

fuzz:
	@tests/vm/setup check
	@tests/sim/run --steps $(STEPS) --seed $(SEED) $(KERNELS)

help:
	@echo 'On a test host:'
	@echo '  all           build the module for KVER ($(KVER)) or KDIR, and the command'
	@echo '  command       build only the command, which takes no kernel'
	@echo '  install       install the module for that kernel, the command and manual pages'
	@echo '  uninstall     remove both again'
	@echo '  dkms-install  hand the module to DKMS, which builds it for each new kernel'
	@echo '  dkms-remove   take it back from DKMS'
	@echo '  clean         remove what was built'
	@echo 'Anywhere, in virtual machines:'
	@echo '  demo          boot a 7.x kernel and show two VMAs that look alike and do not merge'
	@echo '  check         all tests, on every kernel of the matrix or on KERNELS="6.1 7.3"'
	@echo '  check-debug   all guest tests on a kernel with all its checks, built if need be'
	@echo '  soak          check beside SOAK=$(SOAK) seconds of memory stress, on every kernel'
	@echo '  check-drgn    compare VMAs and pages with what drgn reads; downloads 350 MB more'
	@echo '  fuzz          STEPS random system calls from SEED on, on each kernel, and a model'
	@echo '  fuzz-parsers  the fuzz targets, ten minutes each; check gives them half a minute'
	@echo 'Variables: KVER, KDIR, BTF, KERNELS, SOAK, STEPS, SEED, PREFIX, BINDIR, LIBEXECDIR,'
	@echo '  MANDIR, COMPLETIONDIR; with DEBUG_KERNEL=1 check builds the kernel of check-debug,'
	@echo '  if need be, and has it among the others'
