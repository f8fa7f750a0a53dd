# SPDX-License-Identifier: GPL-2.0
"""The host's side of the VM tests: kernels, build roots, builds, VMs and their verdict."""
