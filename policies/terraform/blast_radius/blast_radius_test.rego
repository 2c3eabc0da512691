package terraform.blast_radius_test

import data.terraform.blast_radius
import rego.v1

settings := {
	"limit": 10,
	"most": {"delete": 2},
	"weights": {"aws_db_*": {"delete": 100}, "aws_db_instance": {"delete": 50}, "aws_iam_*": {"create": 4}},
}

plan(list) := {"format_version": "1.2", "resource_changes": [change |
	some number, [type, actions] in list
	change := {
		"address": sprintf("%s.a%d", [type, number]),
		"mode": "managed",
		"type": type,
		"change": {"actions": actions},
	}
]}

score(list, overrides) := number if {
	number := blast_radius.score with input as plan(list) with data.settings.blast_radius as overrides
}

denied(list, overrides) := results if {
	results := blast_radius.deny with input as plan(list) with data.settings.blast_radius as overrides
}

test_each_resource_counts_once if {
	score([["a", ["delete", "create"]]], settings) == 5
	score([["a", ["create", "delete"]]], settings) == 5
	score([["a", ["delete"]]], settings) == 5
	score([["a", ["update"]]], settings) == 1
	score([["a", ["forget"]]], settings) == 2
	score([["a", ["forget", "create"]]], settings) == 2
	score([["a", ["create"]]], settings) == 0
	score([["a", ["no-op"]]], settings) == 0
	score([["a", ["read"]]], settings) == 0
}

test_equal_changes_are_counted_separately if {
	score([["a", ["update"]], ["a", ["update"]], ["a", ["update"]]], settings) == 3
}

test_the_heaviest_weight_that_matches_counts if {
	score([["aws_db_instance", ["delete"]]], settings) == 100
	score([["aws_db_instance", ["update"]]], settings) == 1
	score([["aws_iam_role", ["create"]]], settings) == 4
	score([["a", ["delete"]]], object.union(settings, {"default": {"delete": 7}})) == 7
}

test_unlisted_types_count if {
	score([["newcloud_thing", ["delete"]], ["other_thing", ["update"]]], settings) == 6
}

test_above_the_limit_is_denied if {
	count(denied([["a", ["delete"]], ["a", ["delete"]]], settings)) == 0
	some message in denied([["aws_db_instance", ["delete"]]], settings)
	contains(message, "have a weight of 100, above the limit of 10; the heaviest: aws_db_instance.a0 (delete, 100)")
}

test_too_many_of_one_kind_is_denied if {
	raised := object.union(settings, {"limit": 1000})
	some message in denied([["a", ["delete"]], ["a", ["delete"]], ["a", ["delete"]]], raised)
	contains(message, "delete 3 resources")
}

test_data_sources_do_not_count if {
	document := {"format_version": "1.2", "resource_changes": [{"address": "data.a.b", "mode": "data", "type": "a", "change": {"actions": ["delete"]}}]}
	number := blast_radius.score with input as document with data.settings.blast_radius as settings
	number == 0
}

test_bad_settings_are_reported if {
	count(blast_radius.deny) == 1 with input as plan([]) with data.settings as {}
	count(blast_radius.deny) == 1 with input as plan([]) with data.settings.blast_radius as object.union(settings, {"wieghts": {}})
	count(blast_radius.deny) == 1 with input as plan([]) with data.settings.blast_radius as object.union(settings, {"most": {"remove": 1}})
	count(blast_radius.deny) == 1 with input as plan([]) with data.settings.blast_radius as object.union(settings, {"weights": {"a": {"delete": "9"}}})
	count(blast_radius.deny) == 1 with input as {} with data.settings.blast_radius as settings
}

test_settings_of_the_wrong_type_are_reported if {
	every wrong in [
		{"limit": "10"},
		{"most": "5"},
		{"most": null},
		{"most": [5]},
		{"most": {"delete": "5"}},
		{"default": {"delete": null}},
		{"weights": "9"},
		{"weights": {"aws_*": 9}},
		{"weights": {"aws_*": {"delete": "9"}}},
	] {
		changed := object.union(object.remove(settings, object.keys(wrong)), wrong)
		count(blast_radius.deny) > 0 with input as plan([]) with data.settings.blast_radius as changed
	}
}
