package terraform.naming_test

import data.terraform.naming
import rego.v1

settings := {
	"resources": "^[a-z_]+$",
	"modules": "^[a-z]+$",
	"attributes": [{"types": ["aws_s3_*"], "attribute": "bucket", "pattern": "^acme-[a-z]+$", "longest": 10, "required": true}],
}

loose := object.union(settings, {"attributes": [{"types": ["aws_s3_*"], "attribute": "bucket", "pattern": "^acme-"}]})

plan(name, actions, after, unknown) := {"format_version": "1.2", "resource_changes": [{
	"address": sprintf("aws_s3_bucket.%s", [name]),
	"mode": "managed",
	"type": "aws_s3_bucket",
	"name": name,
	"change": {"actions": actions, "after": after, "after_unknown": unknown},
}]}

denied(document, config) := messages if {
	results := naming.deny with input as document with data.settings.naming as config
	messages := {object.get(result, "msg", "") |
		some result in results
		is_object(result)
	} | {result |
		some result in results
		is_string(result)
	}
}

doubtful(document, config) := results if {
	results := naming.undetermined with input as document with data.settings.naming as config
}

good := {"bucket": "acme-a"}

test_good_names_pass if {
	denied(plan("a_b", ["create"], good, {}), settings) == set()
	doubtful(plan("a_b", ["create"], good, {}), settings) == set()
}

test_names_in_terraform if {
	denied(plan("A-b", ["create"], good, {}), settings) == {"the name of aws_s3_bucket.A-b does not match `^[a-z_]+$`"}
	denied(plan("A-b", ["update"], good, {}), settings) == set()
}

test_names_of_modules_at_any_depth if {
	inner := {"module_calls": {"In-ner": {"module": {}}}}
	document := object.union(
		plan("a", ["create"], good, {}),
		{"configuration": {"root_module": {"module_calls": {"outer": {"module": inner}, "O2": {}}}}},
	)
	denied(document, settings) == {
		"the name of the module `In-ner` does not match `^[a-z]+$`",
		"the name of the module `O2` does not match `^[a-z]+$`",
	}
}

test_names_in_the_cloud if {
	denied(plan("a", ["create"], {"bucket": "other"}, {}), settings) == {"`bucket` of aws_s3_bucket.a does not match `^acme-[a-z]+$`"}
	denied(plan("a", ["update"], {"bucket": "acme-abcdefghi"}, {}), settings) == {"`bucket` of aws_s3_bucket.a is longer than 10 characters"}
	denied(plan("a", ["create"], {"bucket": null}, {}), settings) == {"aws_s3_bucket.a has no `bucket`"}
	denied(plan("a", ["create"], {"bucket": null}, {}), loose) == set()
	denied(plan("a", ["no-op"], {"bucket": "other"}, {}), settings) == set()
}

test_unknown_values_never_pass if {
	unknown := plan("a", ["create"], {}, {"bucket": true})
	denied(unknown, settings) == set()
	count(doubtful(unknown, settings)) == 1
	denied(unknown, object.union(settings, {"unknown_denies": true})) == {"`bucket` of aws_s3_bucket.a is not known before apply"}
}

test_a_name_generated_from_a_prefix if {
	document := plan("a", ["create"], {"bucket_prefix": "acme-"}, {"bucket": true})
	count(doubtful(document, loose)) == 0
	count(doubtful(document, settings)) == 1
}

test_bad_settings_are_reported if {
	document := plan("a", ["no-op"], {}, {})
	count(naming.deny) == 1 with input as document with data.settings as {}
	count(naming.deny) == 1 with input as document with data.settings.naming as object.union(settings, {"resource": ""})
	count(naming.deny) == 2 with input as document with data.settings.naming as {"attributes": [{"type": "a"}]}
	count(naming.deny) == 1 with input as {} with data.settings.naming as settings
}

test_settings_of_the_wrong_type_are_reported if {
	every wrong in [
		{"resources": ["^a$"]},
		{"resources": "("},
		{"modules": null},
		{"attributes": "bucket"},
		{"attributes": {"types": ["a"], "attribute": "b", "pattern": "c"}},
		{"attributes": ["bucket"]},
		{"attributes": [{"types": "a", "attribute": "b", "pattern": "c"}]},
		{"attributes": [{"types": [], "attribute": "b", "pattern": "c"}]},
		{"attributes": [{"types": ["a"], "attribute": "b", "pattern": "("}]},
		{"attributes": [{"types": ["a"], "attribute": "b", "pattern": "c", "longest": "63"}]},
		{"attributes": [{"types": ["a"], "attribute": "b", "pattern": "c", "required": "yes"}]},
		{"unknown_denies": "no"},
	] {
		config := object.union(object.remove(settings, object.keys(wrong)), wrong)
		count(naming.deny) > 0 with input as plan("a", ["no-op"], {}, {}) with data.settings.naming as config
	}
}
