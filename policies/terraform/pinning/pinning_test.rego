package terraform.pinning_test

import data.terraform.pinning
import rego.v1

settings := {"modules": "exact", "providers": "bounded"}

aws := "registry.terraform.io/hashicorp/aws"

plan(calls, providers) := {
	"format_version": "1.2",
	"configuration": {"provider_config": providers, "root_module": {"module_calls": calls}},
}

denied(document, config) := results if {
	results := pinning.deny with input as document with data.settings.pinning as config
}

module(source, version, config) := denied(plan({"m": {"source": source, "version_constraint": version}}, {}), config)

provider(version, config) := denied(plan({}, {"aws": {"name": "aws", "full_name": aws, "version_constraint": version}}), config)

test_modules_of_a_registry if {
	every version in ["1.2.3", "= 1.2.3", "1.2.3-beta.1"] {
		module("terraform-aws-modules/vpc/aws", version, settings) == set()
	}
	every version in ["", "~> 1.2", ">= 1.2.3", "1.2", "1.2.3, 1.2.4"] {
		count(module("terraform-aws-modules/vpc/aws", version, settings)) == 1
	}
	count(module("app.example.com/acme/vpc/aws", "", settings)) == 1
	module("terraform-aws-modules/vpc/aws", "~> 1.2", {"modules": "bounded", "providers": "any"}) == set()
	count(module("terraform-aws-modules/vpc/aws", ">= 1.2", {"modules": "bounded", "providers": "any"})) == 1
}

test_modules_of_repositories if {
	every source in [
		"git::https://git.example.com/vpc.git?ref=v1.2.3",
		"git::ssh://git@git.example.com/vpc.git//modules/a?depth=1&ref=0123456789012345678901234567890123456789",
		"github.com/acme/vpc?ref=1.0.0",
	] {
		module(source, "", settings) == set()
	}
	every source in [
		"git::https://git.example.com/vpc.git",
		"git::https://git.example.com/vpc.git?ref=main",
		"git::https://git.example.com/vpc.git?preref=v1.2.3",
		"github.com/acme/vpc",
		"https://example.com/vpc.zip",
		"s3::https://s3.amazonaws.com/bucket/vpc.zip",
	] {
		count(module(source, "", settings)) == 1
	}
}

test_local_modules_need_nothing if {
	module("./vpc", "", settings) == set()
	module("../vpc", "", settings) == set()
}

test_a_password_in_a_source_is_not_shown if {
	some message in module("git::https://user:hunter22@git.example.com/vpc.git?ref=main", "", settings)
	not contains(message, "hunter22")
}

test_modules_within_modules if {
	inner := {"module_calls": {"b": {"source": "acme/c/aws"}}}
	some message in denied(plan({"a": {"source": "./a", "module": inner}}, {}), settings)
	contains(message, "`a.b`")
}

test_sources_of_modules if {
	config := object.union(settings, {"module_sources": ["terraform-aws-modules/*"]})
	module("terraform-aws-modules/vpc/aws", "1.2.3", config) == set()
	count(module("evil/vpc/aws", "1.2.3", config)) == 1
	module("./vpc", "", config) == set()
}

test_providers if {
	every version in ["5.1.0", "~> 5.0", ">= 5.0, < 6.0"] {
		provider(version, settings) == set()
	}
	every version in ["", ">= 5.0", "!= 5.0.0"] {
		count(provider(version, settings)) == 1
	}
	provider("", {"modules": "any", "providers": "any"}) == set()
}

test_one_place_is_enough_for_a_provider if {
	both := {
		"aws": {"name": "aws", "full_name": aws, "version_constraint": "~> 5.0"},
		"module.a:aws": {"name": "aws", "full_name": aws, "version_constraint": ">= 4.0"},
	}
	denied(plan({}, both), settings) == set()
}

test_a_provider_that_only_a_resource_names if {
	document := object.union(plan({}, {}), {"resource_changes": [{"provider_name": "registry.terraform.io/evil/aws"}]})
	count(denied(document, settings)) == 1
	count(denied(document, object.union(settings, {"provider_sources": ["registry.terraform.io/hashicorp/*"]}))) == 2
}

test_bad_settings_are_reported if {
	count(pinning.deny) == 1 with input as plan({}, {}) with data.settings as {}
	count(pinning.deny) == 2 with input as plan({}, {}) with data.settings.pinning as {"modules": "exactly", "providers": "any"}
	count(pinning.deny) == 1 with input as plan({}, {}) with data.settings.pinning as object.union(settings, {"module_source": []})
	count(pinning.deny) == 1 with input as {} with data.settings.pinning as settings
}

test_settings_of_the_wrong_type_are_reported if {
	every wrong in [
		{"modules": "exactly"},
		{"modules": ["exact"]},
		{"providers": true},
		{"module_sources": "terraform-aws-modules/*"},
		{"module_sources": false},
		{"provider_sources": false},
		{"references": "("},
		{"references": ["v1"]},
	] {
		config := object.union(object.remove(settings, object.keys(wrong)), wrong)
		count(pinning.deny) > 0 with input as plan({}, {}) with data.settings.pinning as config
	}
}
