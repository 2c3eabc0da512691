# METADATA
# title: Change windows
# description: Changes are made when somebody is there, and not in a freeze. The time is data that the pipeline passes; nothing here looks at a clock.
package terraform.windows

import rego.v1

settings := data.settings.windows

known_settings := {"open", "freezes", "zone"}

known_keys := {"days", "from", "to", "types", "reason"}

days := {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"}

zone := object.get(settings, "zone", "UTC")

stamp := `^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(Z|[+-][0-9]{2}:[0-9]{2})$`

# METADATA
# title: The time can be judged
# custom:
#   id: cannot-judge
#   remediation: Give the data file of this policy, the time as `data.clock.now`, and the JSON of a plan.
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
	not key in known_settings
	message := sprintf("windows: `data.settings.windows.%s` is no setting", [key])
}

problems contains message if {
	some list in ["open", "freezes"]
	some entry in settings[list]
	some key, _ in entry
	not key in known_keys
	message := sprintf("windows: `%s` is no setting of `%s`", [key, list])
}

problems contains "windows: an entry of `open` needs `days`, `from` and `to` as `09:00`, and `from` before `to`" if {
	some entry in settings.open
	not whole(entry)
}

whole(entry) if {
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

problems contains "windows: the input is no plan: make it with `terraform show -json`" if {
	not input.format_version
}

# METADATA
# title: The plan changes something outside of the windows
# custom:
#   id: closed
#   remediation: Apply it within a window.
deny contains message if {
	count(changes) > 0
	count(problems) == 0
	not open
	message := sprintf("%d resources would change at %s, outside of every window", [count(changes), data.clock.now])
}

# METADATA
# title: The plan changes something in a freeze
# custom:
#   id: frozen
#   remediation: Apply it when the freeze has ended.
deny contains message if {
	count(problems) == 0
	some entry in settings.freezes
	now >= instant(entry.from)
	now < instant(entry.to)
	frozen := [change | some change in changes; fits(entry, change.type)]
	count(frozen) > 0
	message := sprintf("%d resources would change in the freeze until %s (%s)", [count(frozen), entry.to, object.get(entry, "reason", "no reason given")])
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

fits(entry, _) if not entry.types

fits(entry, type) if {
	some pattern in entry.types
	glob.match(pattern, null, type)
}

changes := [change |
	some change in input.resource_changes
	change.mode == "managed"
	some action in change.change.actions
	action in {"create", "update", "delete", "forget"}
]
