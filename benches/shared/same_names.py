"""Makes one plan of many copies of another, with the same names inside: a module for many accounts.

Each copy is a module call. `alias` says by which provider configuration a copy is made:
`one` for all (the default), or one for `each` copy, of which nobody says the account.
"""
import copy
import json


def copies(plan, count, alias="one"):
    out = {key: value for key, value in plan.items() if key not in
           ("resource_changes", "planned_values", "configuration", "prior_state", "relevant_attributes",
            "resource_drift", "checks", "output_changes")}
    configuration = plan.get("configuration", {})
    providers = dict(configuration.get("provider_config", {}))
    changes, children, prior, calls = [], [], [], {}
    for i in range(count):
        prefix = f"module.c{i}"
        for change in plan["resource_changes"]:
            change = copy.copy(change)
            change["address"] = f"{prefix}.{change['address']}"
            change["module_address"] = ".".join(filter(None, [prefix, change.get("module_address")]))
            changes.append(change)
        children.append(moved(plan.get("planned_values", {}).get("root_module", {}), prefix))
        prior.append(moved(plan.get("prior_state", {}).get("values", {}).get("root_module", {}), prefix))
        module = configuration.get("root_module", {})
        if alias == "each":
            module = given(module, f".copy{i}")
            for key, provider in configuration.get("provider_config", {}).items():
                profile = {"profile": {"constant_value": f"copy{i}"}}
                expressions = {**provider.get("expressions", {}), **profile}
                own = f"{key.split('.')[0]}.copy{i}"
                providers[own] = {**provider, "alias": f"copy{i}", "expressions": expressions}
        calls[f"c{i}"] = {"source": "./c", "module": module}
    out["resource_changes"] = changes
    out["planned_values"] = {"root_module": {"child_modules": children}}
    out["prior_state"] = {"format_version": "1.0", "values": {"root_module": {"child_modules": prior}}}
    out["configuration"] = {"provider_config": providers, "root_module": {"module_calls": calls}}
    return out


def moved(module, prefix):
    out = dict(module)
    out["address"] = ".".join(filter(None, [prefix, module.get("address")]))
    out["resources"] = [{**own, "address": f"{prefix}.{own['address']}"} for own in module.get("resources", [])]
    out["child_modules"] = [moved(child, prefix) for child in module.get("child_modules", [])]
    return out


def given(module, alias):
    out = dict(module)
    out["resources"] = [
        {**own, "provider_config_key": own.get("provider_config_key", "aws").split(":")[-1].split(".")[0] + alias}
        for own in module.get("resources", [])
    ]
    out["module_calls"] = {
        name: {**call, "module": given(call.get("module", {}), alias)}
        for name, call in module.get("module_calls", {}).items()
    }
    return out


def bare(plan):
    """The same without its configuration: nothing but names joins the resources."""
    return {**plan, "configuration": {"root_module": {}}}


def of(path, count, alias="one"):
    with open(path) as file:
        return json.dumps(copies(json.load(file), count, alias))
