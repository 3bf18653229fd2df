import { mapsAt } from "../object";
import { type Awaiter, done, waiting } from "./progress";

/** An Ingress is ready when its controller has given it an address. */
export const ingressAwaiter: Awaiter = {
  related: ["events"],
  onRead: true,
  crashLoopFails: false,
  progress({ object }) {
    if (mapsAt(object, "status", "loadBalancer", "ingress").length > 0) {
      return done("Ingress initialization complete");
    }
    return waiting("Waiting for update of .status.loadBalancer with hostname/IP", [
      "Ingress .status.loadBalancer field was not updated with a hostname/IP address: is an ingress controller running, and does it serve this class?",
    ]);
  },
};
