import type { Document } from '../../shared/ceph/pasted/documents.ts'
import type { Section } from '../../shared/ceph/pasted/sections.ts'
import { offerShapes, type Shape } from '../../shared/ceph/pasted/shapes.ts'
import type { Here } from './here.ts'
import type { Scene } from './scene.ts'
import { daemonShapes } from './shapes-daemons.ts'
import { healthShapes } from './shapes-health.ts'
import { osdShapes } from './shapes-osds.ts'
import { pgShapes } from './shapes-pgs.ts'

const SHAPES: Shape<Here>[] = [...healthShapes, ...osdShapes, ...pgShapes, ...daemonShapes]

/** Reads what Ceph prints of OSDs, PGs, health and daemons as JSON, wherever it stands in a document. */
export function readDocument(scene: Scene, document: Document, section: Section): void {
  offerShapes(document.value, SHAPES, { scene, document, section, at: [] })
}
