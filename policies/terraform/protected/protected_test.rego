package terraform.protected_test

import data.terraform.protected
import rego.v1

settings := {"addresses": ["aws_db_instance.main", "module.net", "aws_s3_bucket.log*"], "types": ["aws_kms_*"]}

plan(type, address, actions) := {"format_version": "1.2", "resource_changes": [{
	"address": address,
	"mode": "managed",
	"type": type,
	"change": {"actions": actions},
}]}

denied(document, config) := found if {
	results := protected.deny with input as document with data.settings.protected as config
	found := {result.address | some result in results}
}

gone(type, address, actions) if count(denied(plan(type, address, actions), settings)) == 1

test_deleted_replaced_and_forgotten if {
	gone("aws_db_instance", "aws_db_instance.main", ["delete"])
	gone("aws_db_instance", "aws_db_instance.main", ["delete", "create"])
	gone("aws_db_instance", "aws_db_instance.main", ["create", "delete"])
	gone("aws_db_instance", "aws_db_instance.main", ["forget"])
	gone("aws_db_instance", "aws_db_instance.main", ["forget", "create"])
}

test_what_stays_passes if {
	every actions in [["no-op"], ["update"], ["create"], ["read"]] {
		denied(plan("aws_db_instance", "aws_db_instance.main", actions), settings) == set()
	}
}

test_instances_and_modules_are_covered if {
	gone("aws_db_instance", "aws_db_instance.main[0]", ["delete"])
	gone("aws_db_instance", "aws_db_instance.main[\"a\"]", ["delete"])
	gone("aws_vpc", "module.net.aws_vpc.a", ["delete"])
	gone("aws_vpc", "module.net[1].module.b.aws_vpc.a", ["delete"])
	gone("aws_s3_bucket", "aws_s3_bucket.logs", ["delete"])
	gone("aws_kms_key", "module.x.aws_kms_key.k", ["delete"])
}

test_names_with_the_same_prefix_are_not_covered if {
	denied(plan("aws_db_instance", "aws_db_instance.main2", ["delete"]), settings) == set()
	denied(plan("aws_vpc", "module.network.aws_vpc.a", ["delete"]), settings) == set()
	denied(plan("aws_s3_bucket", "aws_s3_bucket.data", ["delete"]), settings) == set()
}

test_a_move_does_not_unprotect if {
	document := {"format_version": "1.2", "resource_changes": [{
		"address": "aws_db_instance.other",
		"previous_address": "aws_db_instance.main",
		"mode": "managed",
		"type": "aws_db_instance",
		"change": {"actions": ["delete", "create"]},
	}]}
	denied(document, settings) == {"aws_db_instance.other"}
}

test_replacing_can_be_allowed if {
	config := object.union(settings, {"replace_allowed": true})
	denied(plan("aws_db_instance", "aws_db_instance.main", ["delete", "create"]), config) == set()
	denied(plan("aws_db_instance", "aws_db_instance.main", ["delete"]), config) == {"aws_db_instance.main"}
}

test_unmatched_addresses_are_reported if {
	warned := protected.warn with input as plan("a", "module.net.a.b", ["no-op"]) with data.settings.protected as settings
	count(warned) == 2
}

test_bad_settings_are_reported if {
	count(protected.deny) == 1 with input as plan("a", "a.b", ["no-op"]) with data.settings as {}
	count(protected.deny) == 1 with input as plan("a", "a.b", ["no-op"]) with data.settings.protected as object.union(settings, {"adresses": []})
	count(protected.deny) == 1 with input as {} with data.settings.protected as settings
}

test_settings_of_the_wrong_type_are_reported if {
	every wrong in [
		{"addresses": "aws_db_instance.main"},
		{"addresses": {"a": "aws_db_instance.main"}},
		{"addresses": [""]},
		{"types": "aws_kms_*"},
		{"replace_allowed": "false"},
		{"replace_allowed": null},
	] {
		config := object.union(object.remove(settings, object.keys(wrong)), wrong)
		count(protected.deny) > 0 with input as plan("a", "a.b", ["no-op"]) with data.settings.protected as config
	}
}
