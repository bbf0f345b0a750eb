import { BUILT_IN, type Config, type SshSettings } from './config.ts'

/** The replayed cluster that needs no configuration: the seeds' incidents. */
export const DEMO = 'demo'
/** This machine as the one host of a cluster, where nothing is configured. */
export const THIS_MACHINE = 'local'

/** Names that `cluster=` takes. Without configuration: this machine, and the demo. */
export function clusterNames(config: Config): string[] {
  const configured = Object.keys(config.clusters)
  return configured.length > 0 ? configured : BUILT_IN
}

/** The cluster that is meant when none is named. */
export function defaultCluster(config: Config): string | undefined {
  const names = Object.keys(config.clusters)
  return (
    config.default_cluster ?? (names.length === 0 ? THIS_MACHINE : names.length === 1 ? names[0] : undefined)
  )
}

/** How a configured host is reached by ssh, its cluster's settings below its own; undefined: not by ssh. */
export function sshSettingsOf(config: Config, cluster: string, host: string): SshSettings | undefined {
  const configured = config.clusters[cluster]
  const own = configured?.hosts[host]
  return own?.transport === 'ssh' ? { ...configured?.ssh, ...own.ssh } : undefined
}
