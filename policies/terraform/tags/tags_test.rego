package terraform.tags_test

import data.terraform.tags
import rego.v1

settings := {"required": {"Owner": {}, "Environment": {"values": ["prod", "dev"]}, "Cost": {"pattern": "^CC-[0-9]+$"}}}

plan(actions, after, unknown) := {"format_version": "1.2", "resource_changes": [{
	"address": "aws_s3_bucket.a",
	"mode": "managed",
	"type": "aws_s3_bucket",
	"change": {"actions": actions, "after": after, "after_unknown": unknown},
}]}

denied(document, config) := paths if {
	results := tags.deny with input as document with data.settings.tags as config
	paths := {result.path | some result in results}
}

doubtful(document, config) := paths if {
	results := tags.undetermined with input as document with data.settings.tags as config
	paths := {result.path | some result in results}
}

good := {"Owner": "a", "Environment": "dev", "Cost": "CC-1"}

test_all_tags_pass if {
	plain := plan(["create"], {"tags": good}, {})
	denied(plain, settings) == set()
	doubtful(plain, settings) == set()
}

test_every_missing_tag_is_reported if {
	denied(plan(["create"], {"tags": null}, {"tags_all": true}), settings) == {"tags.Owner", "tags.Environment", "tags.Cost"}
	denied(plan(["delete", "create"], {"tags": {"Owner": "a"}}, {}), settings) == {"tags.Environment", "tags.Cost"}
	denied(plan(["update"], {"labels": {"Owner": null}}, {}), settings) == {"tags.Owner", "tags.Environment", "tags.Cost"}
}

test_values_must_match_lists_and_patterns if {
	wrong := object.union(good, {"Environment": "test", "Cost": "CC-", "Owner": ""})
	denied(plan(["create"], {"tags": wrong}, {}), settings) == {"tags.Owner", "tags.Environment", "tags.Cost"}
}

test_tags_of_the_provider_count if {
	denied(plan(["create"], {"tags": null, "tags_all": good}, {}), settings) == set()
}

test_blocks_count if {
	blocks := [{"key": key, "value": value} | some key, value in good]
	denied(plan(["create"], {"tag": blocks}, {}), settings) == set()
	denied(plan(["create"], {"tag": []}, {}), settings) == {"tags.Owner", "tags.Environment", "tags.Cost"}
}

test_unknown_values_never_pass if {
	all := plan(["create"], {}, {"tags": true})
	denied(all, settings) == set()
	doubtful(all, settings) == {"tags.Owner", "tags.Environment", "tags.Cost"}
	strict := object.union(settings, {"unknown_denies": true})
	denied(all, strict) == {"tags.Owner", "tags.Environment", "tags.Cost"}
	doubtful(all, strict) == set()
}

test_an_unknown_value_only_matters_where_values_are_limited if {
	known := {"Environment": "dev", "Cost": "CC-1"}
	owner := plan(["create"], {"tags": known}, {"tags": {"Owner": true}})
	denied(owner, settings) == set()
	doubtful(owner, settings) == set()
	cost := plan(["create"], {"tags": {"Owner": "a", "Environment": "dev"}}, {"tags": {"Cost": true}})
	denied(cost, settings) == set()
	doubtful(cost, settings) == {"tags.Cost"}
}

test_unknown_default_tags if {
	document := object.union(
		plan(["create"], {"tags": null}, {"tags_all": true}),
		{"configuration": {"provider_config": {"aws": {"expressions": {"default_tags": [{}]}}}}},
	)
	denied(document, settings) == set()
	doubtful(document, settings) == {"tags.Owner", "tags.Environment", "tags.Cost"}
}

test_only_changed_resources_that_support_tags_are_judged if {
	denied(plan(["no-op"], {"tags": null}, {}), settings) == set()
	denied(plan(["delete"], null, {}), settings) == set()
	denied(plan(["create"], {"name": "a"}, {}), settings) == set()
	denied(plan(["create"], {"tags": null}, {}), object.union(settings, {"exempt": ["aws_s3_*"]})) == set()
	denied(plan(["create"], {"tags": null}, {}), object.union(settings, {"types": ["google_*"]})) == set()
}

test_an_import_is_judged if {
	document := {"format_version": "1.2", "resource_changes": [{
		"address": "aws_s3_bucket.a",
		"mode": "managed",
		"type": "aws_s3_bucket",
		"change": {"actions": ["no-op"], "after": {"tags": null}, "after_unknown": {}, "importing": {"id": "b"}},
	}]}
	count(denied(document, settings)) == 3
}

test_bad_settings_are_reported if {
	count(tags.deny) == 1 with input as plan(["no-op"], {}, {}) with data.settings as {}
	count(tags.deny) == 1 with input as plan(["no-op"], {}, {}) with data.settings.tags as object.union(settings, {"requird": {}})
	count(tags.deny) == 1 with input as plan(["no-op"], {}, {}) with data.settings.tags as {"required": {"a": {"value": "b"}}}
}

test_an_input_that_is_not_a_plan_is_reported if {
	count(tags.deny) == 1 with input as {"resource": {}} with data.settings.tags as settings
}

test_settings_of_the_wrong_type_are_reported if {
	every wrong in [
		{"required": {"Owner": "x"}},
		{"required": ["Owner"]},
		{"required": "Owner"},
		{"required": {"Owner": {"values": "x"}}},
		{"required": {"Owner": {"values": []}}},
		{"required": {"Owner": {"values": [1]}}},
		{"required": {"Owner": {"pattern": "("}}},
		{"required": {"Owner": {"pattern": ["x"]}}},
		{"types": "aws_*"},
		{"types": []},
		{"exempt": "aws_s3_bucket"},
		{"unknown_denies": "false"},
	] {
		config := object.union(object.remove(settings, object.keys(wrong)), wrong)
		count(tags.deny) > 0 with input as plan(["no-op"], {}, {}) with data.settings.tags as config
	}
}
