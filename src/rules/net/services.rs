//! Ports whose service is meant for machines of one's own, and their names.

/// SSH and RDP, as the CIS AWS Foundations Benchmark names the administration ports.
pub const ADMIN_PORTS: [i64; 2] = [22, 3389];

/// Services that hold data or steer machines and are no public service; after the IANA service
/// registry and the manuals of the products.
pub const DATA_PORTS: [(i64, &str); 69] = [
    (20, "FTP data"),
    (21, "FTP"),
    (23, "Telnet"),
    (69, "TFTP"),
    (110, "POP3"),
    (111, "RPC portmapper"),
    (135, "MS RPC"),
    (137, "NetBIOS name"),
    (138, "NetBIOS datagram"),
    (139, "NetBIOS session"),
    (143, "IMAP"),
    (161, "SNMP"),
    (389, "LDAP"),
    (445, "SMB"),
    (512, "rexec"),
    (513, "rlogin"),
    (514, "rsh, syslog"),
    (873, "rsync"),
    (1433, "SQL Server"),
    (1434, "SQL Server browser"),
    (1521, "Oracle"),
    (2049, "NFS"),
    (2181, "ZooKeeper"),
    (2375, "Docker"),
    (2376, "Docker TLS"),
    (2379, "etcd client"),
    (2380, "etcd peer"),
    (2382, "SQL Server Analysis browser"),
    (2383, "SQL Server Analysis"),
    (2483, "Oracle"),
    (2484, "Oracle TLS"),
    (3306, "MySQL"),
    (4333, "mSQL"),
    (4505, "Salt publisher"),
    (4506, "Salt"),
    (5432, "PostgreSQL"),
    (5439, "Redshift"),
    (5500, "VNC listener"),
    (5601, "Kibana"),
    (5672, "AMQP"),
    (5900, "VNC"),
    (5984, "CouchDB"),
    (5985, "WinRM"),
    (5986, "WinRM TLS"),
    (6379, "Redis"),
    (6443, "Kubernetes API"),
    (7000, "Cassandra cluster"),
    (7001, "Cassandra cluster TLS"),
    (7199, "Cassandra JMX"),
    (8020, "HDFS"),
    (8086, "InfluxDB"),
    (8088, "YARN"),
    (8140, "Puppet"),
    (8182, "Neptune"),
    (9042, "Cassandra"),
    (9092, "Kafka"),
    (9160, "Cassandra Thrift"),
    (9200, "Elasticsearch"),
    (9300, "Elasticsearch cluster"),
    (10250, "kubelet"),
    (10255, "kubelet read-only"),
    (11211, "Memcached"),
    (15672, "RabbitMQ management"),
    (27017, "MongoDB"),
    (27018, "MongoDB shard"),
    (50000, "Db2"),
    (50070, "HDFS web"),
    (61620, "OpsCenter agent"),
    (61621, "OpsCenter"),
];

/// The numbers of [`DATA_PORTS`], for the default of a parameter.
pub const DATA_PORT_NUMBERS: [i64; DATA_PORTS.len()] = {
    let mut numbers = [0; DATA_PORTS.len()];
    let mut i = 0;
    while i < DATA_PORTS.len() {
        #[expect(
            clippy::indexing_slicing,
            reason = "bounded by the loop, and checked by the compiler"
        )]
        {
            numbers[i] = DATA_PORTS[i].0;
        }
        i += 1;
    }
    numbers
};

/// The name of the service on a port, if it is one that the rules know.
#[must_use]
pub fn name(port: i64) -> Option<&'static str> {
    match port {
        22 => Some("SSH"),
        3389 => Some("RDP"),
        port => DATA_PORTS.iter().find(|(own, _)| *own == port).map(|(_, name)| *name),
    }
}
