import type { PropertyMap, PropertyValue } from "../../provider";
import { textAt } from "./object";

/** The API server's refusal of a request, in its own words. */
export class ApiError extends Error {
  readonly reason: string;
  /** What the server says, without what was asked of it. */
  readonly answer: string;
  constructor(
    readonly code: number,
    /** Such as `POST https://10.250.0.1:6443/api/v1/namespaces`. */
    readonly request: string,
    /** The Status object that came back, or the text where it was none. */
    readonly status: PropertyMap,
  ) {
    const answer = textAt(status, "message") ?? `HTTP ${code}`;
    super(`${request}: ${answer}`);
    this.name = "ApiError";
    this.answer = answer;
    this.reason = textAt(status, "reason") ?? "";
  }

  get isNotFound(): boolean {
    return this.code === 404;
  }

  get isAlreadyExists(): boolean {
    return this.code === 409 && this.reason === "AlreadyExists";
  }

  get isConflict(): boolean {
    return this.code === 409 && this.reason === "Conflict";
  }

  /** The namespace that the object goes into does not exist. */
  get isNamespaceNotFound(): boolean {
    return this.isNotFound && textAt(this.status, "details", "kind") === "namespaces";
  }
}

/** No answer from the API server, or none that could be read. */
export class UnreachableError extends Error {
  constructor(
    readonly server: string,
    cause: unknown,
  ) {
    const detail = cause instanceof Error ? cause.message || cause.name : String(cause);
    super(
      `the Kubernetes API server at ${server} can't be reached: ${detail}. Is the cluster running, and is this the right kubeconfig and context?`,
      { cause },
    );
    this.name = "UnreachableError";
  }
}

/** The API server has no such kind: a custom resource whose definition is missing, or a removed API version. */
export class NoSuchKindError extends Error {
  constructor(apiVersion: string, kind: string, server: string) {
    super(
      `the Kubernetes API server at ${server} has no kind ${kind} in ${apiVersion}: create its CustomResourceDefinition first, or use an API version that the server has`,
    );
    this.name = "NoSuchKindError";
  }
}

/** Reads a body as a Status object, or wraps the text in one. */
export function statusFromBody(body: string, code: number): PropertyMap {
  try {
    const parsed: PropertyValue = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && "message" in parsed) {
      return parsed as PropertyMap;
    }
  } catch {
    // Not JSON: a proxy's page, or an old endpoint's plain text.
  }
  return { message: `HTTP ${code}: ${body.trim().slice(0, 500)}` };
}
