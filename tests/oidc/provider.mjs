// A real OpenID provider on loopback, for the tests of identity. Prints its issuer, and stops when its input ends.
//
// Client NAME with secret "secret-of-NAME" gets tokens as ROLES[NAME] says; client "vouchers" logs people in, and
// whoever is asked for by login_hint is logged in without a password. POST /new-keys replaces the signing keys.

import { generateKeyPairSync, randomUUID } from "node:crypto";
import { createServer } from "node:http";
import Provider from "oidc-provider";

const { roles, redirect } = JSON.parse(process.argv[2]);
const AUDIENCE = "urn:example:vouchers";

function signingKeys() {
  const pairs = [["rsa", { modulusLength: 2048 }, "RS256"], ["ec", { namedCurve: "P-256" }, "ES256"]];
  const keys = pairs.map(([kind, options, alg]) => ({
    ...generateKeyPairSync(kind, options).privateKey.export({ format: "jwk" }),
    use: "sig",
    alg,
    kid: randomUUID(),
  }));
  return { keys };
}

const clients = Object.keys(roles).map((name) => ({
  client_id: name,
  client_secret: `secret-of-${name}`,
  grant_types: ["client_credentials"],
  redirect_uris: [],
  response_types: [],
}));

clients.push({ client_id: "vouchers", client_secret: "secret of vouchers", redirect_uris: [redirect] });

function build(issuer) {
  const provider = new Provider(issuer, {
    clients,
    jwks: signingKeys(),
    cookies: { keys: [randomUUID()] },
    claims: { openid: ["sub", "subject", "roles", "site", "programmes"] },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => AUDIENCE,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => ({
          scope: "vouchers",
          audience: resource,
          accessTokenFormat: "jwt",
          jwt: { sign: { alg: "ES256" } },
        }),
      },
    },
    extraTokenClaims: (_, token) => roles[token.clientId],
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, ...roles[id], ...(roles[id] ? {} : { roles: [] }) }) }),
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    renderError: (ctx, out) => { ctx.type = "json"; ctx.body = out; },
  });
  provider.use(async (ctx, next) => {
    if (!ctx.path.startsWith("/interaction/")) return next();
    const { params, prompt } = await provider.interactionDetails(ctx.req, ctx.res);
    if (prompt.name === "login") {
      return provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: params.login_hint ?? "nobody" } });
    }
    const grant = new provider.Grant({ accountId: ctx.oidc?.session?.accountId ?? params.login_hint, clientId: params.client_id });
    grant.addOIDCScope("openid");
    return provider.interactionFinished(ctx.req, ctx.res, { consent: { grantId: await grant.save() } });
  });
  return provider.callback();
}

let answer;
const server = createServer((request, response) => {
  if (request.method === "POST" && request.url === "/new-keys") {
    answer = build(issuer);
    response.end("{}");
  } else {
    answer(request, response);
  }
});
let issuer;
server.listen(0, "127.0.0.1", () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  answer = build(issuer);
  process.stdout.write(`${issuer}\n`);
});
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
