import { randomUUID } from 'node:crypto';

/** Where one node's cluster lives and listens. */
export interface ClusterPlace {
  /** Absolute path of a folder of its own. */
  readonly folder: string;
  readonly monitorPort: number;
  readonly gatewayPort: number;
  /** A key that the gateway may encrypt objects with, as a KMS would have it; base64 of 32 bytes. */
  readonly encryptionKey: string;
}

/** The name by which requests ask for `encryptionKey`. */
export const encryptionKeyId = 'test-key';

/** What one answer lists at most: so few that who doesn't ask for the rest is found out soon. */
const listingLength = 50;

/**
 * ceph.conf of a cluster of one node that lives as long as a test does: one copy of everything, kept in memory, only on
 * 127.0.0.1. Users are authenticated as in any cluster. The short intervals are what makes it start in seconds.
 */
export function configurationOf({ folder, monitorPort, gatewayPort, encryptionKey }: ClusterPlace): string {
  const settings: Record<string, Record<string, string | number | boolean>> = {
    global: {
      fsid: randomUUID(),
      mon_initial_members: 'a',
      mon_host: `v2:127.0.0.1:${monitorPort}`,
      public_addr: '127.0.0.1',
      cluster_addr: '127.0.0.1',
      auth_cluster_required: 'cephx',
      auth_service_required: 'cephx',
      auth_client_required: 'cephx',
      auth_allow_insecure_global_id_reclaim: false,
      osd_pool_default_size: 1,
      osd_pool_default_min_size: 1,
      osd_pool_default_pg_num: 1,
      osd_pool_default_pgp_num: 1,
      osd_pool_default_pg_autoscale_mode: 'off',
      osd_crush_chooseleaf_type: 0,
      mon_allow_pool_size_one: true,
      mon_max_pg_per_osd: 500,
      mon_data_avail_warn: 1,
      mon_data_avail_crit: 0,
      paxos_propose_interval: 0.05,
      paxos_min_wait: 0.01,
      osd_objectstore: 'memstore',
      memstore_device_bytes: 1024 ** 3,
      run_dir: folder,
      admin_socket: `${folder}/$name.asok`,
      log_file: `${folder}/$name.log`,
      keyring: `${folder}/admin.keyring`,
    },
    'mon.a': { keyring: `${folder}/mon.keyring`, mon_data: `${folder}/mon` },
    'osd.0': { keyring: `${folder}/osd/keyring`, osd_data: `${folder}/osd` },
    'client.rgw': {
      keyring: `${folder}/rgw.keyring`,
      // Without it an answer of two writes waits 40 ms for the other side.
      rgw_frontends: `beast endpoint=127.0.0.1:${gatewayPort} tcp_nodelay=1`,
      rgw_data: `${folder}/rgw`,
      rgw_enable_usage_log: false,
      rgw_max_listing_results: listingLength,
      rgw_crypt_require_ssl: false,
      rgw_crypt_s3_kms_backend: 'testing',
      rgw_crypt_s3_kms_encryption_keys: `${encryptionKeyId}=${encryptionKey}`,
    },
  };
  return Object.entries(settings)
    .map(([section, values]) => [`[${section}]`, ...Object.entries(values).map(([name, value]) => `${name}=${value}`)])
    .flatMap((lines) => [...lines, ''])
    .join('\n');
}
