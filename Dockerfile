# Packages first, in a stage of their own: they change less often than the sources.
FROM node:24-slim AS packages
WORKDIR /wexagon
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --omit=optional

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 SQLITE_PATH=/data/wexagon.db
WORKDIR /wexagon
RUN mkdir /data && chown node:node /data
COPY --from=packages /wexagon/node_modules ./node_modules
COPY package.json ./
COPY bin ./bin
COPY src ./src
USER node
VOLUME /data
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# Not through npm, which would stand between the container's signals and the server.
CMD ["node", "bin/wexagon.js", "start"]
