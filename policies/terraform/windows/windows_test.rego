package terraform.windows_test

import data.terraform.windows
import rego.v1

settings := {
	"zone": "Europe/Zurich",
	"open": [{"days": ["Monday", "Tuesday"], "from": "08:00", "to": "16:00"}],
	"freezes": [
		{"from": "2026-12-19T00:00:00+01:00", "to": "2026-12-29T00:00:00+01:00"},
		{"from": "2026-11-24T00:00:00Z", "to": "2026-11-25T00:00:00Z", "types": ["aws_db_*"], "reason": "sale"},
	],
}

plan(type, actions) := {"format_version": "1.2", "resource_changes": [{
	"address": sprintf("%s.a", [type]),
	"mode": "managed",
	"type": type,
	"change": {"actions": actions},
}]}

denied(document, now) := results if {
	results := windows.deny with input as document with data.settings.windows as settings with data.clock.now as now
}

change := plan("aws_instance", ["update"])

# 2026-11-24 is a Tuesday; Zurich is an hour ahead of UTC then.
test_inside_a_window if {
	denied(change, "2026-11-24T07:00:00Z") == set()
	denied(change, "2026-11-24T15:59:59+01:00") == set()
	denied(change, "2026-11-23T12:00:00Z") == set()
}

test_outside_all_windows if {
	count(denied(change, "2026-11-24T06:59:59Z")) == 1
	count(denied(change, "2026-11-24T15:00:00Z")) == 1
	count(denied(change, "2026-11-25T12:00:00Z")) == 1
}

# In summer Zurich is two hours ahead.
test_the_zone_observes_summer_time if {
	denied(change, "2026-07-07T06:00:00Z") == set()
	count(denied(change, "2026-07-07T14:00:00Z")) == 1
}

test_a_freeze_within_a_window if {
	count(denied(change, "2026-12-21T12:00:00Z")) == 1
	count(denied(plan("aws_db_instance", ["delete"]), "2026-11-24T12:00:00Z")) == 1
	denied(plan("aws_instance", ["delete"]), "2026-11-24T12:00:00Z") == set()
}

test_a_plan_without_changes_passes_at_any_time if {
	denied(plan("aws_instance", ["no-op"]), "2026-12-21T03:00:00Z") == set()
	denied(plan("aws_instance", ["read"]), "2026-12-21T03:00:00Z") == set()
}

test_without_a_time_nothing_passes if {
	count(windows.deny) == 1 with input as change with data.settings.windows as settings with data.clock as {}
	every now in ["", "now", "2026-11-24", "2026-11-24 12:00:00", "1764000000"] {
		count(denied(change, now)) == 1
	}
}

test_bad_settings_are_reported if {
	bad(object.union(settings, {"frezes": []}))
	bad({"open": []})
	bad({"open": [{"days": ["Mon"], "from": "08:00", "to": "16:00"}]})
	bad({"open": [{"days": ["Monday"], "from": "16:00", "to": "08:00"}]})
	bad({"open": [{"days": ["Monday"], "from": "8", "to": "16:00"}]})
	bad({"open": [{"days": ["Monday"], "to": "16:00"}]})
	bad(object.union(settings, {"freezes": [{"from": "2026-12-19"}]}))
	bad(object.union(settings, {"freezes": [{"form": "2026-12-19", "from": "2026-12-19T00:00:00Z", "to": "2026-12-20T00:00:00Z"}]}))
}

bad(config) if {
	results := windows.deny with input as change with data.settings.windows as config with data.clock.now as "2026-11-24T12:00:00Z"
	count(results) == 1
}

test_an_input_that_is_not_a_plan_is_reported if {
	count(denied({}, "2026-11-24T12:00:00Z")) == 1
}

test_settings_of_the_wrong_type_are_reported if {
	every wrong in [
		{"open": "always"},
		{"open": {"days": ["Monday"], "from": "08:00", "to": "16:00"}},
		{"open": ["08:00"]},
		{"open": [{"days": "Monday", "from": "08:00", "to": "16:00"}]},
		{"open": [{"days": ["Monday"], "from": "08:00", "to": "16:00", "types": ["a"]}]},
		{"freezes": "2026-12-19T00:00:00Z"},
		{"freezes": {"from": "2026-12-19T00:00:00Z", "to": "2026-12-20T00:00:00Z"}},
		{"freezes": [{"from": "2026-12-19T00:00:00Z", "to": "2026-12-20T00:00:00Z", "types": "aws_db_*"}]},
		{"freezes": [{"from": "2026-12-19T00:00:00Z", "to": "2026-12-20T00:00:00Z", "types": []}]},
		{"freezes": [{"from": "2026-12-19T00:00:00Z", "to": "2026-12-20T00:00:00Z", "reason": 1}]},
		{"freezes": [{"from": "2026-12-19T00:00:00Z", "to": "2026-12-20T00:00:00Z", "days": ["Monday"]}]},
	] {
		config := object.union(object.remove(settings, object.keys(wrong)), wrong)
		count(windows.deny) > 0 with input as change with data.settings.windows as config with data.clock.now as "2026-11-24T10:00:00Z"
	}
}
