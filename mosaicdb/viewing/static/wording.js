// How numbers of things are said.

// Says how many: "1 photo", "2,000 photos".
export const counted = (count, thing) => `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;
