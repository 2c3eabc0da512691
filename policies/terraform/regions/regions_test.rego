package terraform.regions_test

import data.terraform.regions
import rego.v1

settings := {"regions": ["eu-central-1", "eu-west-*"], "accounts": ["111111111111"], "global_types": ["aws_cloudfront_*"]}

only_regions := {"regions": ["eu-central-1", "eu-west-*"]}

held := {"constant_value": ["111111111111"]}

plan(expressions, changes) := {
	"format_version": "1.2",
	"variables": {"region": {"value": "us-east-1"}, "home": {"value": "eu-west-1"}},
	"configuration": {
		"provider_config": {"aws.x": {"name": "aws", "expressions": expressions}, "null": {"name": "null"}},
		"root_module": {},
	},
	"resource_changes": changes,
}

resource(type, actions, before, after) := [{
	"address": sprintf("%s.a", [type]),
	"mode": "managed",
	"type": type,
	"change": {"actions": actions, "before": before, "after": after, "after_unknown": {"arn": true, "region": true}},
}]

denied(document, config) := results if {
	results := regions.deny with input as document with data.settings.regions as config
}

doubtful(document, config) := results if {
	results := regions.undetermined with input as document with data.settings.regions as config
}

provider(expressions) := plan(object.union({"allowed_account_ids": held}, expressions), [])

test_regions_of_providers if {
	denied(provider({"region": {"constant_value": "eu-central-1"}}), settings) == set()
	denied(provider({"region": {"constant_value": "eu-west-3"}}), settings) == set()
	count(denied(provider({"region": {"constant_value": "us-east-1"}}), settings)) == 1
	count(denied(provider({"region": {"references": ["var.region"]}}), settings)) == 1
	denied(provider({"region": {"references": ["var.home"]}}), settings) == set()
}

test_a_region_that_the_plan_does_not_show_never_passes if {
	every expression in [{"references": ["local.region"]}, {"references": ["var.other"]}, {"references": ["var.home", "var.region"]}] {
		document := provider({"region": expression})
		denied(document, settings) == set()
		count(doubtful(document, settings)) == 1
		count(denied(document, object.union(settings, {"unknown_denies": true}))) == 1
	}
}

test_a_region_of_the_environment if {
	document := provider({})
	count(doubtful(document, settings)) == 1
	doubtful(document, object.union(settings, {"environment_region": "eu-west-1"})) == set()
	denied(document, object.union(settings, {"environment_region": "eu-west-1"})) == set()
	count(denied(document, object.union(settings, {"environment_region": "us-east-1"}))) == 1
}

account(expressions) := plan(object.union({"region": {"constant_value": "eu-west-1"}}, expressions), [])

test_accounts_of_providers if {
	denied(account({"allowed_account_ids": held}), settings) == set()
	denied(account({"assume_role": [{"role_arn": {"constant_value": "arn:aws:iam::111111111111:role/a"}}]}), settings) == set()
	count(denied(account({}), settings)) == 1
	count(denied(account({"allowed_account_ids": {"constant_value": ["111111111111", "999999999999"]}}), settings)) == 1
	count(denied(account({"assume_role": [{"role_arn": {"constant_value": "arn:aws:iam::999999999999:role/a"}}]}), settings)) == 1
	denied(account({}), only_regions) == set()
}

test_an_account_that_the_plan_does_not_show_never_passes if {
	every expressions in [{"allowed_account_ids": {"references": ["var.ids"]}}, {"assume_role": [{"role_arn": {"references": ["local.role"]}}]}] {
		denied(account(expressions), settings) == set()
		count(doubtful(account(expressions), settings)) == 1
	}
}

with_resource(type, actions, before, after) := plan({"region": {"constant_value": "eu-west-1"}, "allowed_account_ids": held}, resource(type, actions, before, after))

test_regions_of_resources if {
	every after in [{"region": "us-east-1"}, {"availability_zone": "us-east-1a"}, {"arn": "arn:aws:sqs:us-east-1:111111111111:q"}] {
		count(denied(with_resource("aws_sqs_queue", ["create"], null, after), settings)) == 1
		denied(with_resource("aws_cloudfront_distribution", ["create"], null, after), settings) == set()
		denied(with_resource("aws_sqs_queue", ["no-op"], null, after), settings) == set()
	}
	every after in [{"region": "eu-west-1"}, {"availability_zone": "eu-west-1a"}, {"arn": "arn:aws:sqs:eu-west-1:111111111111:q"}, {"arn": "arn:aws:iam::111111111111:role/a"}, {}] {
		denied(with_resource("aws_sqs_queue", ["create"], null, after), settings) == set()
		doubtful(with_resource("aws_sqs_queue", ["create"], null, after), settings) == set()
	}
}

test_accounts_of_resources if {
	document := with_resource("aws_sqs_queue", ["delete"], {"arn": "arn:aws:sqs:eu-west-1:999999999999:q"}, null)
	count(denied(document, settings)) == 1
	denied(with_resource("aws_iam_policy", ["update"], {"arn": "arn:aws:iam::aws:policy/a"}, {}), settings) == set()
}

test_a_location_that_is_not_known if {
	document := plan({"region": {"constant_value": "eu-west-1"}, "allowed_account_ids": held}, [{
		"address": "azurerm_a.a",
		"mode": "managed",
		"type": "azurerm_a",
		"change": {"actions": ["create"], "before": null, "after": {}, "after_unknown": {"location": true}},
	}])
	count(doubtful(document, settings)) == 1
}

test_bad_settings_are_reported if {
	fine := provider({"region": {"constant_value": "eu-west-1"}})
	some message in denied(fine, object.union(settings, {"acounts": []}))
	contains(message, "acounts")
	some other in denied(fine, {})
	contains(other, "no settings")
	some third in denied({}, settings)
	contains(third, "not a plan")
}

test_settings_of_the_wrong_type_are_reported if {
	every wrong in [
		{"regions": "eu-*"},
		{"accounts": "111111111111"},
		{"accounts": [111111111111]},
		{"accounts": false},
		{"global_types": "aws_*"},
		{"attributes": "region"},
		{"attributes": []},
		{"environment_region": ["eu-west-1"]},
		{"environment_region": ""},
		{"unknown_denies": "no"},
	] {
		config := object.union(object.remove(settings, object.keys(wrong)), wrong)
		count(regions.deny) > 0 with input as provider({"region": {"constant_value": "eu-west-1"}}) with data.settings.regions as config
	}
}
