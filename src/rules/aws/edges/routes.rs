//! A route to the internet for a subnet whose machines an open security group lets everybody reach.
//!
//! Source: *Route tables* and *Internet gateways* of the VPC User Guide: a subnet is public if its
//! route table has a route to an internet gateway.

use super::graph::{Graph, Node};
use super::report::{Edge, News, Report};
use super::table::Danger;
use crate::model::subject::{Side, Subject};
use crate::model::value::Value;
use crate::model::view::View;

const ROUTE: &str = "aws_route";
const TABLES: &[&str] = &["aws_route_table", "aws_default_route_table"];
const ASSOCIATION: &str = "aws_route_table_association";
const SUBNETS: &[&str] = &["aws_subnet"];

/// The attributes by which a machine names its subnets.
const PLACES: [&str; 3] = ["subnet_id", "subnets", "subnet_ids"];

/// Adds the machines that a new route, or a new route table of their subnet, opens.
pub(super) fn follow<'r>(graph: &Graph<'r>, changed: &[&'r Subject], report: &mut Report) {
    let opens = graph.labels.iter().any(|label| label.danger == Danger::Opening);
    let is_route = |kind: &str| kind == ROUTE || kind == ASSOCIATION || TABLES.contains(&kind);
    let mut routes = changed.iter().filter(|s| s.exists(Side::After) && is_route(&s.kind));
    if !opens || routes.clone().next().is_none() {
        return;
    }
    let machines = machines(graph);
    if machines.is_empty() {
        return;
    }
    routes.by_ref().for_each(|at| {
        let subnets = opened(graph, at);
        for (machine, label, shown, places) in &machines {
            if !places.iter().any(|place| subnets.contains(place)) {
                continue;
            }
            let node = Node::Subject(machine.id);
            let path = match at.kind.as_str() {
                ROUTE => "gateway_id",
                ASSOCIATION => "route_table_id",
                _ => "route",
            };
            let (label, shown, path) = (*label, *shown, path.to_owned());
            let edge = Edge { at, path, label, shown, doubt: None, news: News::Reaches(&node) };
            report.add(graph, &edge, false);
        }
    });
}

/// A machine that an opening reaches, the offence, a finding that shows it, and its subnets.
type Machine<'r> = (&'r Subject, usize, usize, Vec<Node>);

fn machines<'r>(graph: &Graph<'r>) -> Vec<Machine<'r>> {
    let mut found = Vec::new();
    for subject in graph.resources.subjects() {
        if !subject.is_resource() || !subject.exists(Side::Before) || !subject.exists(Side::After) {
            continue;
        }
        let lasting = graph.lasting(&Node::Subject(subject.id));
        let opens = |label: usize| {
            graph.labels.get(label).is_some_and(|label| label.danger == Danger::Opening)
        };
        let Some((label, shown, _)) = lasting.into_iter().find(|(label, ..)| opens(*label)) else {
            continue;
        };
        let places =
            PLACES.iter().flat_map(|path| nodes(graph, subject, path, SUBNETS, Side::After));
        let places: Vec<Node> = places.collect();
        if !places.is_empty() {
            found.push((subject, label, shown, places));
        }
    }
    found
}

/// The subnets that a route, a route table or its association opens after the change only.
fn opened<'r>(graph: &Graph<'r>, at: &'r Subject) -> Vec<Node> {
    let here = Node::Subject(at.id);
    let tables = match at.kind.as_str() {
        ROUTE => nodes(graph, at, "route_table_id", TABLES, Side::After),
        ASSOCIATION => {
            let subnets = nodes(graph, at, "subnet_id", SUBNETS, Side::After);
            let table = nodes(graph, at, "route_table_id", TABLES, Side::After);
            let is_public = |table: &Node| leads_out(graph, table, Side::After);
            let was = |subnet: &&Node| !is_open(graph, subnet, Side::Before);
            let open = table.iter().any(is_public);
            return subnets.iter().filter(was).filter(|_| open).cloned().collect();
        }
        _ => vec![here],
    };
    let new = |table: &&Node| {
        leads_out(graph, table, Side::After) && !leads_out(graph, table, Side::Before)
    };
    tables.iter().filter(new).flat_map(|table| subnets_of(graph, table, Side::After)).collect()
}

fn nodes<'r>(
    graph: &Graph<'r>,
    subject: &'r Subject,
    path: &str,
    kinds: &[&'static str],
    side: Side,
) -> Vec<Node> {
    graph.ends(subject, path, kinds, side).into_iter().map(|(node, _)| node).collect()
}

fn of_kind<'r>(graph: &Graph<'r>, kind: &str, side: Side) -> impl Iterator<Item = &'r Subject> {
    graph.resources.subjects().iter().filter(move |s| s.kind == kind && s.exists(side))
}

fn subnets_of(graph: &Graph<'_>, table: &Node, side: Side) -> Vec<Node> {
    let ties = of_kind(graph, ASSOCIATION, side)
        .filter(|tie| nodes(graph, tie, "route_table_id", TABLES, side).contains(table));
    ties.flat_map(|tie| nodes(graph, tie, "subnet_id", SUBNETS, side)).collect()
}

/// Whether the route table of a subnet leads to the internet.
fn is_open(graph: &Graph<'_>, subnet: &Node, side: Side) -> bool {
    let ties = of_kind(graph, ASSOCIATION, side)
        .filter(|tie| nodes(graph, tie, "subnet_id", SUBNETS, side).contains(subnet));
    ties.flat_map(|tie| nodes(graph, tie, "route_table_id", TABLES, side))
        .any(|table| leads_out(graph, &table, side))
}

/// Whether a route table has a route for everything to an internet gateway.
fn leads_out(graph: &Graph<'_>, table: &Node, side: Side) -> bool {
    let within = match table {
        Node::Subject(id) => graph.subject(*id).filter(|table| table.exists(side)),
        Node::Named(..) => None,
    };
    let in_blocks = within.is_some_and(|table| {
        let view = graph.view(table, side);
        let routes = view.attribute("route");
        (0..routes.elements().len()).any(|i| {
            let base = format!("route[{i}].");
            let ranges = [format!("{base}cidr_block"), format!("{base}ipv6_cidr_block")];
            is_out(&view, &ranges, &format!("{base}gateway_id"))
        })
    });
    in_blocks
        || of_kind(graph, ROUTE, side).any(|route| {
            let view = graph.view(route, side);
            let ranges = ["destination_cidr_block", "destination_ipv6_cidr_block"];
            nodes(graph, route, "route_table_id", TABLES, side).contains(table)
                && is_out(&view, &ranges.map(str::to_owned), "gateway_id")
        })
}

fn is_out(view: &View<'_>, ranges: &[String], gateway: &str) -> bool {
    let all = |value: Value| matches!(value.as_str(), Some("0.0.0.0/0" | "::/0"));
    let named = view.at(gateway).as_str().is_some_and(|id| id.starts_with("igw-"));
    let leads = || view.follow(gateway).certain.iter().any(|to| to.kind == "aws_internet_gateway");
    ranges.iter().any(|range| all(view.at(range))) && (named || leads())
}
