# SPDX-License-Identifier: GPL-2.0
#
# "bpftool btf dump file FILE format raw" to a header: where the members below are. Exits with 1,
# and the reason on standard output, if one that must be there is not, or has another size.

# What mergescope reads of the structs that only mm/ksm.c knows: struct, member, its size in bytes
# (0: any), and whether a kernel may lack it.
function want(struct, member, bytes, optional)
{
	structs[nr] = struct
	members[nr] = member
	sizes[nr] = bytes
	optionals[nr] = optional
	wanted[struct] = 1
	nr++
}

BEGIN {
	nr = 0
	want("ksm_rmap_item", "rmap_list", 8)
	want("ksm_rmap_item", "anon_vma", 8)
	want("ksm_rmap_item", "mm", 8)
	want("ksm_rmap_item", "address", 8)
	want("ksm_rmap_item", "head", 8)
	want("ksm_rmap_item", "hlist", 16)
	want("ksm_rmap_item", "age", 1, "6.7")
	want("ksm_rmap_item", "linear_page_index", 8, "7.3")
	want("ksm_stable_node", "head", 8)
	want("ksm_stable_node", "hlist_dup", 16)
	want("ksm_stable_node", "hlist", 8)
	want("ksm_stable_node", "kpfn", 8)
	want("ksm_stable_node", "rmap_hlist_len", 4)
	want("ksm_stable_node", "nid", 4, "NUMA")
	want("ksm_mm_slot", "slot", 0)
	want("ksm_mm_slot", "rmap_list", 8)
	want("mm_slot", "mm_node", 16)
	want("mm_slot", "mm", 8)
	want("ksm_scan", "seqnr", 8)
}

# The number that follows @key in this line; -1 without it.
function number(key)
{
	if (!match($0, key "=[0-9]+"))
		return -1
	return substr($0, RSTART + length(key) + 1, RLENGTH - length(key) - 1) + 0
}

/^\[/ {
	split($0, quoted, "'")
	id = substr($1, 2) + 0
	kind[id] = $2
	bytes[id] = number("size")
	refers[id] = number("type_id")
	if ($2 == "STRUCT" && quoted[2] in wanted) {
		seen[quoted[2]]++
		id_of[quoted[2]] = id
	}
	next
}

/^\t'.*bits_offset=/ {
	split($0, quoted, "'")
	at = parts[id]++
	name[id, at] = quoted[2]
	type[id, at] = number("type_id")
	offset[id, at] = number("bits_offset") / 8
}

function size_of(id)
{
	if (kind[id] == "PTR")
		return 8
	while (bytes[id] < 0 && refers[id] > 0)
		id = refers[id]
	return bytes[id]
}

# Note the members of @id, which begins at @base of @struct; those of its unnamed parts are its own.
function flatten(struct, id, base,	i)
{
	for (i = 0; i < parts[id]; i++) {
		if (name[id, i] == "(anon)") {
			flatten(struct, type[id, i], base + offset[id, i])
		} else {
			place[struct, name[id, i]] = base + offset[id, i]
			size[struct, name[id, i]] = size_of(type[id, i])
		}
	}
}

function fail(reason)
{
	print reason
	exit 1
}

END {
	for (struct in wanted) {
		if (seen[struct] != 1)
			fail((seen[struct] + 0) " structs are called " struct)
		flatten(struct, id_of[struct], 0)
	}
	for (i = 0; i < nr; i++) {
		key = structs[i] SUBSEP members[i]
		if (!(key in place)) {
			if (!optionals[i])
				fail("struct " structs[i] " has no member " members[i])
			continue
		}
		if (sizes[i] && size[key] != sizes[i])
			fail(structs[i] "." members[i] " has " size[key] " bytes, not " sizes[i])
		text = text "#define MSC_BTF_" structs[i] "_" members[i] " " place[key] "\n"
		if (optionals[i])
			text = text "#define MSC_BTF_HAS_" structs[i] "_" members[i] " 1\n"
		list = list " \\\n\tX(" structs[i] ", " members[i] ", " place[key] ")"
	}
	for (struct in wanted)
		text = text "#define MSC_BTF_SIZE_" struct " " bytes[id_of[struct]] "\n"
	printf "#define MSC_BTF_KSM 1\n%s#define MSC_BTF_MEMBERS(X)%s\n", text, list
}
