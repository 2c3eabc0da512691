package terraform.sizes_test

import data.terraform.sizes
import rego.v1

settings := {
	"choices": [{"types": ["aws_instance"], "attribute": "instance_type", "allow": ["t3.*"], "refuse": ["t3.2xlarge"]}],
	"bounds": [
		{"types": ["aws_instance"], "block": "disk", "attribute": "size", "most": 100, "least": 8},
		{"types": ["aws_in*"], "attribute": "number", "most": 3},
	],
}

plan(actions, after, unknown) := {"format_version": "1.2", "resource_changes": [{
	"address": "aws_instance.a",
	"mode": "managed",
	"type": "aws_instance",
	"change": {"actions": actions, "after": after, "after_unknown": unknown},
}]}

denied(document, config) := found if {
	results := sizes.deny with input as document with data.settings.sizes as config
	found := {result.msg | some result in results}
}

doubtful(document, config) := found if {
	results := sizes.undetermined with input as document with data.settings.sizes as config
	found := {result.path | some result in results}
}

test_what_is_allowed_passes if {
	document := plan(["create"], {"instance_type": "t3.small", "disk": [{"size": 8}, {"size": 100}], "number": "3"}, {})
	denied(document, settings) == set()
	doubtful(document, settings) == set()
}

test_types if {
	wrong := {"`instance_type` of aws_instance.a has a type that is not allowed"}
	denied(plan(["create"], {"instance_type": "m5.large"}, {}), settings) == wrong
	denied(plan(["update"], {"instance_type": "t3.2xlarge"}, {}), settings) == wrong
	denied(plan(["create"], {"instance_type": ["t3.small", "p4.large"]}, {}), settings) == wrong
	denied(plan(["no-op"], {"instance_type": "m5.large"}, {}), settings) == set()
	denied(plan(["create"], {"instance_type": null}, {}), settings) == set()
}

test_a_star_matches_dots if {
	config := {"choices": [{"types": ["aws_instance"], "attribute": "instance_type", "refuse": ["p*", "*.metal"]}]}
	every type in ["p4d.24xlarge", "m5.metal"] {
		count(denied(plan(["create"], {"instance_type": type}, {}), config)) == 1
	}
	denied(plan(["create"], {"instance_type": "m5.large"}, {}), config) == set()
}

test_bounds if {
	denied(plan(["create"], {"disk": [{"size": 8}, {"size": 101}]}, {}), settings) == {"`disk.size` of aws_instance.a is more than 100"}
	denied(plan(["create"], {"disk": [{"size": 7}]}, {}), settings) == {"`disk.size` of aws_instance.a is less than 8"}
	denied(plan(["create"], {"number": "4"}, {}), settings) == {"`number` of aws_instance.a is more than 3"}
}

test_unknown_values_never_pass if {
	doubtful(plan(["create"], {}, {"instance_type": true}), settings) == {"instance_type"}
	doubtful(plan(["create"], {}, {"instance_type": [false, true]}), settings) == {"instance_type"}
	doubtful(plan(["create"], {"disk": [{}]}, {"disk": [{"size": true}]}), settings) == {"disk.size"}
	doubtful(plan(["create"], {}, {"disk": true}), settings) == {"disk.size"}
	doubtful(plan(["create"], {"disk": [{"size": 9}]}, {"disk": [{"id": true}]}), settings) == set()
	denied(plan(["create"], {}, {"number": true}), object.union(settings, {"unknown_denies": true})) == {"`number` of aws_instance.a is not known before apply"}
}

test_bad_settings_are_reported if {
	document := plan(["no-op"], {}, {})
	count(sizes.deny) == 1 with input as document with data.settings as {}
	count(sizes.deny) == 1 with input as document with data.settings.sizes as object.union(settings, {"limits": []})
	count(sizes.deny) == 2 with input as document with data.settings.sizes as {"bounds": [{"types": ["a"], "attribute": "b", "max": 3}]}
	count(sizes.deny) == 1 with input as {} with data.settings.sizes as settings
}

test_settings_of_the_wrong_type_are_reported if {
	every wrong in [
		{"choices": "t3.*"},
		{"choices": {"types": ["a"], "attribute": "b", "allow": ["c"]}},
		{"choices": ["t3.*"]},
		{"choices": [{"types": ["a"], "attribute": "b", "allow": ["c"], "most": 3}]},
		{"choices": [{"types": ["a"], "attribute": "b", "allow": "c"}]},
		{"choices": [{"types": ["a"], "attribute": "b", "refuse": "c"}]},
		{"choices": [{"types": [], "attribute": "b", "refuse": ["c"]}]},
		{"bounds": "500"},
		{"bounds": [{"types": ["a"], "attribute": "b", "most": "500"}]},
		{"bounds": [{"types": ["a"], "attribute": "b", "least": null}]},
		{"bounds": [{"types": ["a"], "attribute": "b", "allow": ["c"]}]},
		{"bounds": [{"types": "a", "attribute": "b", "most": 3}]},
		{"bounds": [{"types": ["a"], "attribute": ["b"], "most": 3}]},
		{"bounds": [{"types": ["a"], "attribute": "b", "block": ["c"], "most": 3}]},
		{"unknown_denies": "no"},
	] {
		config := object.union(object.remove(settings, object.keys(wrong)), wrong)
		count(sizes.deny) > 0 with input as plan(["no-op"], {}, {}) with data.settings.sizes as config
	}
}
