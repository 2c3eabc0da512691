# METADATA
# title: Pinned modules and providers
# description: External code is pinned - modules and providers have versions, and come from allowed sources.
package terraform.pinning

import rego.v1

settings := data.settings.pinning

# The known settings, and what each must be.
known_settings := {
	"modules": "exact, bounded or any",
	"providers": "exact, bounded or any",
	"module_sources": "a list of patterns",
	"provider_sources": "a list of patterns",
	"references": "a regular expression",
}

strictness := {"exact", "bounded", "any"}

# METADATA
# title: The pinning cannot be evaluated
# custom:
#   id: cannot-judge
#   undecided: true
#   remediation: Pass this policy's data file, and a plan as JSON.
deny contains message if some message in problems

problems contains "pinning: no settings: pass the data file that sets `data.settings.pinning.modules` and `providers`" if {
	not configured
}

configured if {
	settings.modules in strictness
	settings.providers in strictness
}

problems contains message if {
	some key, _ in settings
	not key in object.keys(known_settings)
	message := sprintf("pinning: `data.settings.pinning.%s` is not a known setting", [key])
}

problems contains message if {
	some key, value in settings
	not shaped(key, value)
	message := sprintf("pinning: `data.settings.pinning.%s` must be %s", [key, known_settings[key]])
}

shaped("modules", value) if value in strictness

shaped("providers", value) if value in strictness

shaped("module_sources", value) if globs(value)

shaped("provider_sources", value) if globs(value)

shaped("references", value) if {
	is_string(value)
	regex.is_valid(value)
}

globs(value) if {
	is_array(value)
	every pattern in value {
		is_string(pattern)
		is_boolean(glob.match(pattern, null, ""))
	}
}

problems contains "pinning: the input is not a plan with a `configuration`: create one with `terraform show -json`" if {
	not input.configuration.root_module
}

# METADATA
# title: A registry module is not pinned to a version
# custom:
#   id: module-version
#   remediation: Set `version` in the module call.
deny contains message if {
	some call in calls
	kind(call.source) == "registry"
	not pinned(call.version, settings.modules)
	message := sprintf("%s from the registry has %s", [call.name, shown(call.version, settings.modules)])
}

# METADATA
# title: A module from a repository or an archive is not pinned
# custom:
#   id: module-reference
#   remediation: Add `?ref=` with a commit or a release tag to the source.
deny contains message if {
	some call in calls
	kind(call.source) == "remote"
	settings.modules != "any"
	not referenced(call.source)
	message := sprintf("%s from `%s` is not pinned by a `ref`", [call.name, bare(call.source)])
}

# METADATA
# title: A module comes from a source that is not allowed
# custom:
#   id: module-source
#   remediation: Use a source that is allowed.
deny contains message if {
	some call in calls
	kind(call.source) != "local"
	settings.module_sources
	not permitted(bare(call.source), settings.module_sources)
	message := sprintf("%s comes from `%s`, which is not allowed", [call.name, bare(call.source)])
}

# METADATA
# title: A provider is not pinned to a version
# custom:
#   id: provider-version
#   remediation: Set the version in `required_providers`.
deny contains message if {
	some full in providers
	not provider_pinned(full)
	message := sprintf("the provider `%s` has no %s version", [full, settings.providers])
}

# METADATA
# title: A provider comes from a source that is not allowed
# custom:
#   id: provider-source
#   remediation: Use a provider that is allowed.
deny contains message if {
	some full in providers
	settings.provider_sources
	not permitted(full, settings.provider_sources)
	message := sprintf("the provider `%s` is not allowed", [full])
}

# All module calls, at every depth.
calls contains call if {
	walk(input.configuration.root_module, [path, value])
	count(path) % 3 == 2
	every at, step in path {
		[at % 3, step] in [[0, "module_calls"], [2, "module"], [1, step]]
	}
	call := {
		"name": sprintf("the module `%s`", [concat(".", [step | some at, step in path; at % 3 == 1])]),
		"source": object.get(value, "source", ""),
		"version": object.get(value, "version_constraint", ""),
	}
}

# Providers that the configuration names, and providers that resources use.
providers contains full if {
	some provider in input.configuration.provider_config
	full := object.get(provider, "full_name", provider.name)
	full != "terraform.io/builtin/terraform"
}

providers contains change.provider_name if {
	some change in input.resource_changes
	change.provider_name != "terraform.io/builtin/terraform"
}

# It is enough if one of the places that name it pins it.
provider_pinned(full) if {
	some provider in input.configuration.provider_config
	object.get(provider, "full_name", provider.name) == full
	pinned(object.get(provider, "version_constraint", ""), settings.providers)
}

provider_pinned(_) if settings.providers == "any"

kind(source) := "local" if local(source)

kind(source) := "registry" if {
	not local(source)
	registry(source)
}

kind(source) := "remote" if {
	not local(source)
	not registry(source)
}

local(source) if startswith(source, "./")

local(source) if startswith(source, "../")

# Three names, with or without a host: this is how Terraform recognizes a registry address.
registry(source) if {
	regex.match(`^([0-9A-Za-z-]+\.[0-9A-Za-z.:-]+/)?[0-9A-Za-z_-]+/[0-9A-Za-z_-]+/[0-9a-z]+(//.*)?$`, source)
	not startswith(source, "github.com/")
	not startswith(source, "bitbucket.org/")
}

pinned(_, strictness) if strictness == "any"

pinned(constraint, "exact") if exact(constraint)

exact(constraint) if regex.match(`^\s*=?\s*v?[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?\s*$`, constraint)

pinned(constraint, "bounded") if exact(constraint)

# Some part of it excludes the next major version.
pinned(constraint, "bounded") if {
	some part in split(constraint, ",")
	regex.match(`^\s*(<|<=|~>|=)\s*v?[0-9]+(\.[0-9]+)*`, part)
}

shown(constraint, _) := "no version" if constraint == ""

shown(constraint, strictness) := sprintf("the version `%s`, which is not %s", [constraint, strictness]) if constraint != ""

# A commit, or a release as defined by the settings.
referenced(source) if {
	some reference in references(source)
	regex.match(object.get(settings, "references", `^(v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.-]+)?|[0-9a-f]{40})$`), reference)
}

references(source) := {value |
	some part in split(split(source, "?")[1], "&")
	startswith(part, "ref=")
	value := trim_prefix(part, "ref=")
}

# Without the query, and without credentials in front of the host.
bare(source) := regex.replace(split(source, "?")[0], `//[^/@]*@`, "//")

permitted(source, patterns) if {
	some pattern in patterns
	glob.match(pattern, null, source)
}
