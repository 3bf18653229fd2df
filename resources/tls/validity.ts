import { X509Certificate } from "node:crypto";

/** Whether less than a third of a certificate's time is left: the next `up` renews it then. */
export function isDue(certificate: string, now = Date.now()): boolean {
  const { validFromDate, validToDate } = new X509Certificate(certificate);
  const [from, to] = [validFromDate.getTime(), validToDate.getTime()];
  return to - now < (to - from) / 3;
}
