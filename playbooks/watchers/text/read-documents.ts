import type { Document } from '../../shared/ceph/pasted/documents.ts'
import { offerShapes, type Shape } from '../../shared/ceph/pasted/shapes.ts'
import type { Here } from './here.ts'
import type { Scene, Subject } from './scene.ts'
import { clientShapes } from './shapes-clients.ts'
import { imageShapes } from './shapes-images.ts'
import { watchShapes } from './shapes-watches.ts'

const SHAPES: Shape<Here>[] = [...watchShapes, ...clientShapes, ...imageShapes]

/** Reads every object of a document that RBD's tools print, wherever it stands. */
export function readDocument(scene: Scene, document: Document, subject: Subject): void {
  offerShapes(document.value, SHAPES, { scene, document, subject, at: [] })
}
