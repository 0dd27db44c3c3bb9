import { format } from "$lib/words";
import type { PlaceView } from "../bindings";

/** A place's title where it stands alone. A bucket's name stays as it is; "this computer" begins a line as words do. */
export const placeHeading = (place: PlaceView): string => (place.config.kind === "local" ? format.capital(place.title) : place.title);
