// Eleven operations through openapi-fetch and the types that openapi-typescript makes.
import { createHash } from "node:crypto";
import createClient from "openapi-fetch";
import type { paths } from "./schema.js";

const [site, holder] = process.argv.slice(2) as [string, string];
const tell = (operation: string, found: object) =>
  console.log(JSON.stringify({ operation, ...found }));
function given<T>(answer: { data?: T; error?: unknown }): T {
  if (answer.data === undefined) throw new Error(JSON.stringify(answer.error));
  return answer.data;
}

const guest = createClient<paths>({ baseUrl: site });
const token = given(
  await guest.POST("/oauth2/token", {
    body: {
      grant_type: "client_credentials",
      client_id: "generated",
      client_secret: process.env["CLIENT_SECRET"]!,
    },
    headers: { "Content-Type": "application/x-www-form-urlencoded" },
    bodySerializer: (body) => new URLSearchParams(body as Record<string, string>),
  }),
);
tell("create_token", { lasts: token.expires_in });
const here = createClient<paths>({
  baseUrl: site,
  headers: { Authorization: `Bearer ${token.access_token}` },
});
tell("list_uses", { some: given(await here.GET("/api/v1/uses")).items.length > 0 });
const wanted = {
  type: "social-insurance",
  holder,
  holder_kind: "111" as const,
  matter: "talent-subsidy",
  purpose: "申领人才住房补贴",
};
const ask = (key: string, body: typeof wanted) =>
  here.POST("/api/v1/certificates", {
    params: { header: { "Idempotency-Key": key } },
    body,
  });
const issued = given(await ask("typescript", wanted));
const again = await ask("typescript", wanted);
tell("issue_certificate", {
  replayed: again.response.headers.get("idempotent-replayed"),
  same: given(again).copy_number === issued.copy_number,
});
const number = issued.copy_number;
const found = given(
  await here.GET("/api/v1/certificates", { params: { query: { sort: "-extracted_at", q: number } } }),
);
tell("list_certificates", { found: found.items.map((each) => each.copy_number === number) });
const path = { copy_number: number };
const copy = given(await here.GET("/api/v1/certificates/{copy_number}", { params: { path } }));
tell("get_certificate", {
  matter: copy.matter_code,
  instant: !Number.isNaN(new Date(copy.extracted_at).getTime()),
});
const file = given(
  await here.GET("/api/v1/certificates/{copy_number}/file", {
    params: { path },
    parseAs: "arrayBuffer",
  }),
);
const digest = createHash("sha256").update(Buffer.from(file)).digest("hex");
tell("get_certificate_file", { whole: digest === copy.sha256 });
const data = given(await here.GET("/api/v1/certificates/{copy_number}/data", { params: { path } }));
tell("get_certificate_data", { number: data.extraction.copy_number === number });
const table = given(
  await here.GET("/api/v1/batches/template.{kind}", {
    params: { path: { kind: "xlsx" } },
    parseAs: "arrayBuffer",
  }),
);
tell("get_batch_template", { begins: Buffer.from(table).subarray(0, 2).toString() });
const report = given(
  await guest.POST("/api/v1/verifications", {
    body: { file: "" },
    bodySerializer: () => {
      const form = new FormData();
      form.append("file", new Blob([file]), "a.pdf");
      return form;
    },
  }),
);
tell("check_file", { answer: report.answer });
const withdrawn = given(
  await here.PUT("/api/v1/certificates/{copy_number}/withdrawal", {
    params: { path },
    body: { reason_code: "taken_by_mistake", reason: "误提" },
  }),
);
tell("withdraw_one_copy", { number: withdrawn.copy_number === number });
tell("list_events", { some: given(await here.GET("/api/v1/events")).items.length > 0 });
const { error } = await ask("other", { ...wanted, type: "marriage" });
if (!error || !("faults" in error)) throw new Error("no problem");
tell("problem", { code: error.code, field: error.faults?.[0]?.field });
