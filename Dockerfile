# The data plane in a container: `docker run -v copy:/data -p 8080:8080 fettle`.
# A GPU base, for scorers that need its libraries: --build-arg BASE=nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04
ARG NODE=node:20-bookworm-slim
ARG BASE=${NODE}

FROM ${NODE} AS node

FROM node AS packages
WORKDIR /opt/fettle
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM node AS build
WORKDIR /opt/fettle
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY scripts/build.mjs scripts/build.mjs
COPY src src
COPY tsconfig.json ./
RUN mkdir dist && npm run build:server

FROM ${BASE}
COPY --from=node /usr/local/bin/node /usr/local/bin/node
WORKDIR /opt/fettle
COPY --from=packages /opt/fettle/node_modules node_modules
COPY --from=build /opt/fettle/dist dist
COPY package.json LICENSE ./
COPY bin/fettle bin/fettle
COPY python python
RUN ln -s /opt/fettle/bin/fettle /usr/local/bin/fettle && mkdir /data && chown 1000:1000 /data
# Started with the one argument `serve`, as SageMaker does, it serves as a SageMaker container.
ENV NODE_ENV=production FETTLE_CONTAINER=1 FETTLE_DATA=/data
USER 1000:1000
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=2s --start-period=20s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/v2/health/live').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["fettle"]
CMD ["serve", "--host", "0.0.0.0", "--plain"]
