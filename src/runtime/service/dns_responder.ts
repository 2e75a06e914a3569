/**
 * Answers DNS queries: for names of the cluster from its zone, for all others by what another
 * server says.
 */
import type { DnsCodec, DnsMessage } from "./dns_message.ts";
import { CLUSTER_DOMAIN } from "../config.ts";
import { type DnsAnswer, type DnsRecord, type DnsZone, TTL_SECONDS } from "./dns_zone.ts";

/** What carries a query and its answer. */
export type DnsTransport = "udp" | "tcp";

/** Sends a query on as it is; undefined where no server answers in time. */
export type DnsForward = (
  query: Uint8Array,
  transport: DnsTransport,
) => Promise<Uint8Array | undefined>;

/** What answers are made with. */
export interface DnsResponderOptions {
  /** As it is now. */
  readonly readZone: () => DnsZone;
  readonly forward: DnsForward;
}

/** Bits of a message's flags, and codes in the lowest four of them. */
const AUTHORITATIVE = 1 << 10;
const TRUNCATED = 1 << 9;
const RECURSION_DESIRED = 1 << 8;
const RECURSION_AVAILABLE = 1 << 7;
const OPCODES = 0xf << 11;
const CODES = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4 } as const;

/** What a datagram may hold for a client that does not say otherwise, and at most. */
const MIN_DATAGRAM = 512;
const MAX_DATAGRAM = 4096;

/** A message is at least its header. */
const HEADER_BYTES = 12;

/** Answers queries, each by itself. */
export class DnsResponder {
  #turn = 0;

  /** Answers by these. */
  constructor(
    private readonly codec: DnsCodec,
    private readonly options: DnsResponderOptions,
  ) {}

  /** Undefined: no query, which gets no answer. */
  async respond(query: Uint8Array, transport: DnsTransport): Promise<Uint8Array | undefined> {
    // Neither half a header nor an answer: two servers could answer each other endlessly.
    if (query.length < HEADER_BYTES || (query[2]! & 0x80) !== 0) return undefined;
    try {
      return await this.#respond(query, transport);
    } catch {
      // Anything can be sent to a port; the library reads some of it that it does not write.
      return this.#encode(headerOf(query), { code: "SERVFAIL" });
    }
  }

  async #respond(query: Uint8Array, transport: DnsTransport): Promise<Uint8Array> {
    const asked = this.#decode(query);
    if (asked === undefined) return this.#encode(headerOf(query), { code: "FORMERR" });
    const [question] = asked.questions;
    if ((asked.flags & OPCODES) !== 0) return this.#encode(asked, { code: "NOTIMP" });
    if (question === undefined || asked.questions.length !== 1) {
      return this.#encode(asked, { code: "FORMERR" });
    }
    const answer = this.options.readZone().answer(question);
    if (answer === undefined) {
      const found = await this.options.forward(query, transport);
      return found ?? this.#encode(asked, { code: "SERVFAIL" });
    }
    const complete = await this.#complete(answer, question.type, transport);
    return this.#fit(asked, complete, transport);
  }

  /** Adds the addresses of a name that another server knows. */
  async #complete(
    answer: DnsAnswer,
    type: string,
    transport: DnsTransport,
  ): Promise<OwnAnswer> {
    if (answer.elsewhere === undefined) return { ...answer, answers: this.#rotate(answer.answers) };
    const query = this.codec.encode({
      type: "query",
      id: this.#turn++ & 0xffff,
      flags: RECURSION_DESIRED,
      questions: [{ name: answer.elsewhere, type }],
    });
    const found = await this.options.forward(query, transport);
    const known = found && this.#decode(found);
    if (known === undefined) return { code: "SERVFAIL" };
    return { ...answer, answers: [...answer.answers, ...known.answers] };
  }

  /** Clients that take the first address share the load. */
  #rotate(answers: readonly DnsRecord[]): readonly DnsRecord[] {
    if (answers.length < 2 || answers.some(({ type }) => type !== "A")) return answers;
    const first = this.#turn++ % answers.length;
    return [...answers.slice(first), ...answers.slice(0, first)];
  }

  #fit(asked: Asked, answer: OwnAnswer, transport: DnsTransport): Uint8Array {
    const whole = this.#encode(asked, answer);
    const limit = transport === "tcp" ? 0xffff : readLimit(asked);
    if (whole.length <= limit) return whole;
    for (let count = (answer.answers?.length ?? 0) - 1; count > 0; count--) {
      const answers = answer.answers!.slice(0, count);
      const part = this.#encode(asked, { code: answer.code, answers }, TRUNCATED);
      if (part.length <= limit) return part;
    }
    return this.#encode(asked, { code: answer.code }, TRUNCATED);
  }

  #encode(asked: Asked, { code, answers, additionals }: OwnAnswer, flags = 0): Uint8Array {
    const extension = findExtension(asked);
    const isEmpty = (answers ?? []).length === 0 && (code === "NOERROR" || code === "NXDOMAIN");
    return this.codec.encode({
      id: asked.id,
      type: "response",
      flags: flags | AUTHORITATIVE | RECURSION_AVAILABLE | asked.flags & RECURSION_DESIRED |
        CODES[code],
      questions: asked.questions,
      answers: (answers ?? []).map(withTtl),
      authorities: isEmpty && flags === 0 ? [START_OF_AUTHORITY] : [],
      additionals: [
        ...(additionals ?? []).map(withTtl),
        ...extension === undefined
          ? []
          : [{ type: "OPT", name: ".", udpPayloadSize: MAX_DATAGRAM, options: [] }],
      ],
    });
  }

  #decode(bytes: Uint8Array): DnsMessage | undefined {
    try {
      return this.codec.decode(bytes);
    } catch {
      // Not a message: anything can be sent to a port.
      return undefined;
    }
  }
}

/** What of a query is certain. */
function headerOf(query: Uint8Array): Asked {
  return { id: query[0]! << 8 | query[1]!, flags: 0, questions: [] };
}

type Asked = Pick<DnsMessage, "id" | "flags" | "questions"> & Partial<DnsMessage>;

interface OwnAnswer {
  readonly code: keyof typeof CODES;
  readonly answers?: readonly object[];
  readonly additionals?: readonly DnsRecord[];
}

/** How long a client may remember that there is nothing. */
const START_OF_AUTHORITY = {
  type: "SOA",
  name: CLUSTER_DOMAIN,
  ttl: TTL_SECONDS,
  data: {
    mname: `ns.dns.${CLUSTER_DOMAIN}`,
    rname: `hostmaster.${CLUSTER_DOMAIN}`,
    serial: 1,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: TTL_SECONDS,
  },
};

function withTtl(record: object): object {
  return { ttl: TTL_SECONDS, ...record };
}

/** What a client says of itself beside its question. */
function findExtension({ additionals = [] }: Asked): { udpPayloadSize?: number } | undefined {
  return additionals.find((it) => "type" in it && it.type === "OPT");
}

function readLimit(asked: Asked): number {
  const { udpPayloadSize = MIN_DATAGRAM } = findExtension(asked) ?? {};
  return Math.min(Math.max(udpPayloadSize, MIN_DATAGRAM), MAX_DATAGRAM);
}
