# Eight ordinary rules, as conftest runs them in many pipelines: what benches/peers measures it with.
package main

import rego.v1

planned := [change |
	some change in input.resource_changes
	change.mode == "managed"
	some action in change.change.actions
	action in {"create", "update"}
]

of_type(kind) := [change | some change in planned; change.type == kind]

deny contains message if {
	some group in of_type("aws_security_group")
	some rule in group.change.after.ingress
	"0.0.0.0/0" in rule.cidr_blocks
	rule.from_port <= 22
	rule.to_port >= 22
	message := sprintf("%s opens SSH to the internet", [group.address])
}

deny contains message if {
	some bucket in of_type("aws_s3_bucket")
	bucket.change.after.acl in {"public-read", "public-read-write"}
	message := sprintf("%s is public", [bucket.address])
}

deny contains message if {
	some database in of_type("aws_db_instance")
	not database.change.after.storage_encrypted
	message := sprintf("%s is not encrypted", [database.address])
}

deny contains message if {
	some database in of_type("aws_db_instance")
	database.change.after.publicly_accessible
	message := sprintf("%s is public", [database.address])
}

deny contains message if {
	some volume in of_type("aws_ebs_volume")
	not volume.change.after.encrypted
	message := sprintf("%s is not encrypted", [volume.address])
}

deny contains message if {
	some policy in of_type("aws_iam_policy")
	some statement in json.unmarshal(policy.change.after.policy).Statement
	statement.Effect == "Allow"
	statement.Action == "*"
	message := sprintf("%s allows everything", [policy.address])
}

deny contains message if {
	some change in planned
	tags := change.change.after.tags
	not tags.Owner
	message := sprintf("%s has no owner", [change.address])
}

deny contains message if {
	some change in input.resource_changes
	change.type in {"aws_db_instance", "aws_s3_bucket"}
	"delete" in change.change.actions
	message := sprintf("%s holds data and is deleted", [change.address])
}
