# One image for the bot and for workers: `docker run … bot`, `docker run … worker`.
# A worker needs the tools of its cluster; add them in an image of your own (see README, "Workers").
FROM node:24-bookworm-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# `npm ci` needs every platform's optional binary in the lock file; install keeps the locked versions without
RUN npm install --omit=dev --ignore-scripts --no-audit --no-fund

FROM node:24-bookworm-slim
ENV NODE_ENV=production UNWEDGE_CONFIG=/etc/unwedge/unwedge.yaml XDG_STATE_HOME=/var/lib
WORKDIR /app
RUN groupadd --gid 10001 unwedge \
 && useradd --uid 10001 --gid 10001 --no-create-home --shell /usr/sbin/nologin unwedge \
 && install -d -o unwedge -g unwedge /var/lib/unwedge
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY bot ./bot
COPY handlers ./handlers
COPY jobs ./jobs
COPY playbooks ./playbooks
USER 10001:10001
VOLUME /var/lib/unwedge
ENTRYPOINT ["node", "bot/unwedge.mjs"]
CMD ["--help"]
