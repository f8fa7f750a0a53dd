# SPDX-License-Identifier: GPL-2.0
"""Reports of a megabyte, made so that whoever looks for each record among all others never ends."""

SIZE = 1 << 20
HEADER = (
    'mergescope format=1 kernel="7.3" merge_rules=7.3 merge_rules_known=yes '
    "sections=vmas,anon_vmas,folios,check,ksm,whatif pointers=no deep=yes\n"
    'process pid=1 comm="" merge_any=no mergeable=yes map_count=1 vmas={vmas} total_vm=1 data_vm=1 '
    "exec_vm=1 stack_vm=1 shared_lock=no\n"
    "lock torn=0 let_go=0 retries=0 held_us=0 longest_us=0\n"
    "rules ignored_flags=gu,sd close_blocks=source unfaulted_adopts=yes anon_pgoff=yes "
    "lock_seq=yes ksm_flag_early=yes swap_cache=yes ksm_excluded=sh,ms,pf "
    "vma_bytes=192 anon_vma_bytes=88 avc_bytes=64\n")
KSM = ("ksm lists=read run=no scans=0 rmap_items=3 merging_pages=2 zero_pages=absent"
       " let_go=0 longest_us=0\n")


def vma(start, end, name="", anon_vma=1):
    return (f"vma start={start:#x} end={end:#x} pgoff=0x0 anon_pgoff=0x0 flags=rd,wr,mr,mw,me,mg "
            f'pkey=0 kind=anon name="{name}" anon_vma=a{anon_vma} root=a{anon_vma} avcs=1 file=- '
            "policy=- uffd=- close=no place=held\n")


def avc(number, link="linked", nth=0):
    return (f"avc start=0x0 nth={nth} anon_vma=a{number} first=0x1 last=0x2 subtree_last=0x2 "
            f"link={link}\n")


def misled_avcs():
    """Half of it VMAs, and half AVCs that lead to the last of them."""
    vmas = lines(lambda n: vma(n << 13, (n << 13) + 1), SIZE // 2)
    last = f"other-vma of={(len(vmas) - 1) << 13:#x}"
    return report(vmas, lines(lambda n: avc(n + 1, last), SIZE // 2))


def run(number, nth=0):
    return (f"run start=0x0 nth={nth} pages=1 state=anon order=0 index=+{number + 1} "
            f"anon_vma=a{number + 1} root=a1 bits=writable place=held mapcount=1 reached=0\n")


def anon_vma(number):
    return (f"anon_vma id=a{number + 1} root=a{number + 1} parent=a{number + 2} refcount=1 "
            "children=1 active=1 found_children=2 found_active=2 here=1 elsewhere=0\n")


def node(number):
    return f"stable_node id=n{number + 1} kind=tree len=1 found_len=2 page=match nid=0 chain=-\n"


def item(addr, number, listed="yes"):
    return (f"rmap_item addr={addr:#x} state=stable age=- scans_ago=- page=ksm node=n{number} "
            f"anon_vma=a1 page_index=0x1 vma_index=0x1 now=maps listed={listed} chain=yes\n")


def page(addr):
    found = f"found addr={addr:#x} own=no anon_vma=a1 page_index=0x1 chain=no\n"
    return (f"ksm_page addr={addr:#x} node=n1 first=0x0 last=0xf mergeable=yes seen=all\n"
            + 64 * found)


def lines(function, size=SIZE):
    """function(0), function(1) and so on: so many bytes."""
    made, length = [], 0
    while length < size:
        made.append(function(len(made)))
        length += len(made[-1])
    return made


def report(vmas, *rest):
    """The whole of it."""
    return "".join([HEADER.format(vmas=len(vmas)), *vmas, *(line for part in rest for line in part),
                    f"end vmas={len(vmas)} place=held\n"])


def reports():
    """By what there is much of."""
    half = SIZE // 2
    one = [vma(0, 1 << 40)]
    overlapping = lines(lambda n: vma(0, 1 << 40), half)
    return {
        "VMAs": report(lines(lambda n: vma(n << 12, (n + 1) << 12, anon_vma=n + 1))),
        "VMAs from the top down": report(lines(lambda n: vma((1 << 30) - (n << 12), 1 << 30))),
        "names": report(lines(lambda n: vma(n << 13, (n << 13) + 1, f"/{n}"))),
        "AVCs of overlapping VMAs": report(overlapping,
                                           lines(lambda n: avc(n + 1, "linked", 64), half)),
        "AVCs of other VMAs": misled_avcs(),
        "anon_vmas": report(one, lines(anon_vma, half), lines(lambda n: avc(SIZE), half)),
        "runs of overlapping VMAs": report(overlapping, lines(lambda n: run(n, 64), half)),
        "stable nodes": report(one, [KSM], lines(node, half),
                               lines(lambda n: item(n << 12, n + 1, "no"), half)),
        "rmap_items at one address": report(one, [KSM, node(0)],
                                            lines(lambda n: item(0x1000, 1))),
        "rmap_items from the top down": report(one, [KSM, node(0)],
                                               lines(lambda n: item((1 << 30) - (n << 12), 1))),
        "rmap_items found": report(one, [KSM, node(0)], lines(lambda n: page(n << 12))),
        "fields": report([vma(0, 1).replace(" ", " " + "x=1 " * (SIZE // 4), 1)]),
        "unknown lines": report(one, lines(lambda n: "x y=1\n")),
    }
