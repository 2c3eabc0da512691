# METADATA
# title: Change windows
# description: Changes are applied when somebody is there, and not during a freeze. The time is data that the pipeline passes; nothing here reads a clock.
package terraform.windows

import rego.v1

settings := data.settings.windows

# The known settings, and what each must be.
known_settings := {
	"open": "a list of windows",
	"freezes": "a list of freezes",
	"zone": "the name of a time zone",
}

known_keys := {
	"open": {"days", "from", "to"},
	"freezes": {"from", "to", "types", "reason"},
}

days := {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

zone := object.get(settings, "zone", "UTC")

stamp := `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$`

# METADATA
# title: The time cannot be evaluated
# custom:
#   id: cannot-judge
#   undecided: true
#   remediation: Pass this policy's data file, the time as `data.clock.now`, and a plan as JSON.
deny contains message if some message in problems

problems contains "windows: no settings: pass the data file that sets `data.settings.windows.open`" if {
	not configured
}

configured if count(settings.open) > 0

problems contains "windows: no time: pass a data file that sets `data.clock.now`, as `2026-01-31T12:00:00Z`" if {
	not timed
}

timed if now

now := instant(data.clock.now)

# Nanoseconds since 1970.
instant(text) := time.parse_rfc3339_ns(text) if regex.match(stamp, text)

problems contains message if {
	some key, _ in settings
	not key in object.keys(known_settings)
	message := sprintf("windows: `data.settings.windows.%s` is not a known setting", [key])
}

problems contains message if {
	some key, value in settings
	not shaped(key, value)
	message := sprintf("windows: `data.settings.windows.%s` must be %s", [key, known_settings[key]])
}

shaped(list, value) if {
	known_keys[list]
	is_array(value)
	every entry in value {
		is_object(entry)
	}
}

shaped("zone", value) if {
	is_string(value)
	time.weekday([0, value])
}

problems contains message if {
	some list, known in known_keys
	some entry in settings[list]
	some key, _ in entry
	not key in known
	message := sprintf("windows: `%s` is not a known setting of `%s`", [key, list])
}

problems contains "windows: an entry of `open` needs `days`, `from` and `to` as `09:00`, and `from` before `to`" if {
	some entry in settings.open
	not whole(entry)
}

whole(entry) if {
	is_array(entry.days)
	every day in entry.days {
		day in days
	}
	minutes(entry.from) < minutes(entry.to)
}

problems contains "windows: an entry of `freezes` needs `from` and `to` as `2026-01-31T12:00:00Z`, and `from` before `to`" if {
	some entry in settings.freezes
	not dated(entry)
}

dated(entry) if {
	instant(entry.from) < instant(entry.to)
}

problems contains "windows: `types` of a freeze must be a non-empty list of patterns, and `reason` must be a string" if {
	some entry in settings.freezes
	not about(entry)
}

about(entry) if {
	is_object(entry)
	globs(object.get(entry, "types", ["*"]))
	count(object.get(entry, "types", ["*"])) > 0
	is_string(object.get(entry, "reason", ""))
}

globs(value) if {
	is_array(value)
	every pattern in value {
		is_string(pattern)
		is_boolean(glob.match(pattern, null, ""))
	}
}

problems contains "windows: the input is not a plan: create one with `terraform show -json`" if {
	not input.format_version
}

# METADATA
# title: The plan makes changes outside the change windows
# custom:
#   id: closed
#   remediation: Apply it in a change window.
deny contains message if {
	count(changes) > 0
	count(problems) == 0
	not open
	message := sprintf("%d resources would change at %s, outside all change windows", [count(changes), data.clock.now])
}

# METADATA
# title: The plan makes changes during a freeze
# custom:
#   id: frozen
#   remediation: Apply it after the freeze.
deny contains message if {
	count(problems) == 0
	some entry in settings.freezes
	now >= instant(entry.from)
	now < instant(entry.to)
	frozen := [change | some change in changes; matches(entry, change.type)]
	count(frozen) > 0
	message := sprintf("%d resources would change during the freeze until %s (%s)", [count(frozen), entry.to, object.get(entry, "reason", "no reason given")])
}

open if {
	some entry in settings.open
	time.weekday([now, zone]) in entry.days
	[hour, minute, _] := time.clock([now, zone])
	at := (hour * 60) + minute
	at >= minutes(entry.from)
	at < minutes(entry.to)
}

# Minutes since midnight.
minutes(text) := (to_number(hour) * 60) + to_number(minute) if {
	regex.match(`^([01][0-9]:[0-5][0-9]|2[0-3]:[0-5][0-9]|24:00)$`, text)
	[hour, minute] := split(text, ":")
}

matches(entry, _) if not entry.types

matches(entry, type) if {
	some pattern in entry.types
	glob.match(pattern, null, type)
}

changes := [change |
	some change in input.resource_changes
	change.mode == "managed"
	some action in change.change.actions
	action in {"create", "update", "delete", "forget"}
]
