// ceph.conf for a cluster of one: no replicas, no authentication between its parts, everything on 127.0.0.1.

const DISK_BYTES = 20 * 1024 ** 3; // a sparse file

export function configuration({ dir, port, fsid, tls }) {
  const https = tls ? ` ssl_endpoint=127.0.0.1:${port + 3} ssl_certificate=${tls.cert} ssl_private_key=${tls.key}` : "";
  return `[global]
fsid = ${fsid}
mon host = [v2:127.0.0.1:${port + 1},v1:127.0.0.1:${port + 2}]
mon initial members = a
public addr = 127.0.0.1
cluster addr = 127.0.0.1
ms bind ipv6 = false
ms mon client mode = crc
ms client mode = crc
ms cluster mode = crc
ms service mode = crc
auth cluster required = none
auth service required = none
auth client required = none
auth supported = none
run dir = ${dir}/run
admin socket = ${dir}/run/$name.asok
log to file = false
log to stderr = false
mon cluster log to file = false
crash dir = ${dir}/run
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 8
osd pool default pgp num = 8
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
mon allow pool size one = true
mon max pg per osd = 2000
mon data avail crit = 1
mon data avail warn = 1
mon warn on pool no redundancy = false
mon warn on insecure global id reclaim allowed = false
[mon]
mon data = ${dir}/mon
log to stderr = true
[osd]
osd data = ${dir}/osd
log to stderr = true
osd objectstore = bluestore
bluestore block create = true
bluestore block size = ${DISK_BYTES}
bluestore block db path =
bluestore block wal path =
bluestore fsck on mount = false
osd memory target = 1073741824
osd max scrubs = 0
osd class update on start = false
osd numa auto affinity = false
[client]
rgw frontends = beast endpoint=127.0.0.1:${port}${https} tcp_nodelay=1
rgw data = ${dir}/rgw
rgw thread pool size = 128
rgw enable usage log = false
rgw enable ops log = false
rgw crypt require ssl = false
rgw crypt s3 kms backend = testing
rgw crypt s3 kms encryption keys = testkey-1=YmluCmJvb3N0CmJvb3N0LWJ1aWxkCmNlcGguY29uZgo=
rgw verify ssl = false
rgw lc debug interval = 10
rgw dns name = localhost
debug rgw = 0/0
[client.rgw.a]
log to stderr = true
`;
}
