FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
COPY . .
RUN dotnet publish src/Server -c Release -o /app

FROM mcr.microsoft.com/dotnet/aspnet:10.0
COPY --from=build /app /app
# The program by its name, for docker compose exec.
RUN printf '#!/bin/sh\nexec dotnet /app/tracking.dll "$@"\n' >/usr/local/bin/tracking && chmod +x /usr/local/bin/tracking \
    && mkdir /data && chown app /data
USER app
VOLUME /data
EXPOSE 8080 5055/tcp 5055/udp
ENTRYPOINT ["dotnet", "/app/tracking.dll"]
CMD ["serve"]
